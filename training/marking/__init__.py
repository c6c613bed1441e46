"""The instructor's side of grading: regrades and overrides, appeals, marking by people, statistics, signs, exports."""
