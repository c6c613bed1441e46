"""The instrument as data: indicators, questionnaires, texts by language. `schema` is its form, `reader` loads and
checks it, `routing` says which questions a respondent sees and how the answers count.
"""
