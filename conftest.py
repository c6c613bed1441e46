"""What every test of the tree runs under, wherever it stands."""

pytest_plugins = ("tests.memory", "tests.needs", "tests.count", "tests.leftovers", "tests.examples")
