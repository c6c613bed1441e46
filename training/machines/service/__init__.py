"""Use cases of live work: begin, type, note, decide, carry media, acquire, hand over, and what an instructor does."""
