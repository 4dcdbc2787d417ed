"""Queries over documents: `where`, `order`, pages, If-Modified-Since, searchTerm."""
