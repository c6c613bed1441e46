"""What can be done with reports: put together, written, filed."""
