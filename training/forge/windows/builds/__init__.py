"""What is known of each Windows build: offsets, addresses and numbers, as facts in files of our own format."""
