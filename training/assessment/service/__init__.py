"""Use cases of assessments: rounds, links and answers, results, notes of the team, contact details, retention."""
