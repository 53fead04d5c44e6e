"""Pages for people, in Dutch first. Each route accepts, calls one function, chooses the response and names the template; rules live elsewhere."""
