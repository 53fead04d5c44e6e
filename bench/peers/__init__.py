"""The servers that ours is compared with (`make bench PEERS=1`). Each module installs its peer, runs it and names what
can be measured on it; a peer that cannot be had is `AbsentError`, which the run reports and survives."""
