"""The report on paper: what it says, block by block, and how the blocks are printed from either side."""
