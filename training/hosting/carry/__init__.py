"""Sessions carried to an installation without a network, run there, and brought back with all that was done."""
