"""Linux exhibits: a real kernel booted in QEMU, a scenario played inside it, frozen and written down."""
