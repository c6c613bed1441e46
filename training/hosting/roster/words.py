"""Words of join codes: short, plain, offending nobody, easy to say where English is nobody's first language."""

from pathlib import Path

WORDS = tuple(Path(__file__).with_name("words.txt").read_text("utf-8").split())
