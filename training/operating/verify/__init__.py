"""What `python app.py verify` holds against what was recorded: database, chain, sealed rows, files, exhibits.

Each part says what it looked at and every fault, by name and place. Nothing is mended here.
"""
