"""The wholesaler's price service, in miniature: something for the shop to talk to."""
