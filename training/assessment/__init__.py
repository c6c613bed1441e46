"""Capacity self-assessment: rounds of questionnaires, exact scoring, a report that ends in what to learn next."""
