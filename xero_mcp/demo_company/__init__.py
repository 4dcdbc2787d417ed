"""A Xero in a box: the accounting API, its identity server and a ledger beneath, in memory.

It imports nothing of the rest of xero_mcp, so that it can never share a bug with the client that
it tests. Begin with `kernel.py`.
"""
