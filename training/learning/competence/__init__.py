"""What somebody can do, computed from records: pure functions of evidence, day and time zone.

`table` says what shows which level, `evidence` what records say, `showings` when a level was shown, `standing` where
somebody stands on a day, `spacing` when a missed question returns. Nothing here knows of a database or of pages.
"""
