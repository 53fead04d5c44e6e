"""C-324: no route shows, changes or betrays anything of another school, party or person."""
