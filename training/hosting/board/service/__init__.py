"""Services of the board: state, matrix, parts, messages, pauses and time, help. They know no Flask."""
