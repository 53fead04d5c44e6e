"""Plumbing for the edges: resources, client address, cookies, forms, headers, pages, problems, health. No rules, no pages of its own."""
