"""What changes in Xero: webhooks in, a feed out, each change once."""
