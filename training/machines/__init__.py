"""Live machines of trainees: the console, media, acquisition, and the record of what was done."""
