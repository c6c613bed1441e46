"""Scoring of an assessment: exact fractions, the standard library and nothing else.

`exact` is how numbers are shown, `given` what is scored, `cells` one group's answers to one indicator, `indicators`
and `dimensions` what they add up to, `priority` the ranking and the courses, `result` all of it at once, `document`
the same as JSON, `corrected` whether a second calculation may be shown, `public` what may leave the house.

The method is that of the project's own page on assessment (docs/assessment.md): seven steps, in this order.
"""
