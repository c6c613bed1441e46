"""Real file systems for tests, made by e2fsprogs from a folder, and looked into with debugfs."""

import subprocess
from pathlib import Path


def formatted(image: Path, content: Path, *options: str, size: str = "4M") -> Path:
    """An ext4 of a size with the content of a folder."""
    command = ["mke2fs", "-q", "-F", "-t", "ext4", *options, "-d", str(content), str(image), size]
    subprocess.run(command, check=True, capture_output=True)
    return image


def debugfs(image: Path, *commands: str) -> str:
    """What debugfs says to some commands, which may change the image."""
    lines = "".join(f"{each}\n" for each in commands)
    done = subprocess.run(
        ["debugfs", "-w", "-f", "-", str(image)], input=lines, check=True, capture_output=True, text=True
    )
    return done.stdout


def block_of(image: Path, path: str) -> int:
    """The first block of a file or folder in an image."""
    return int(debugfs(image, f"bmap {path} 0").splitlines()[-1])


def inode_of(image: Path, path: str) -> int:
    """The number of the inode that a path leads to."""
    found = next(line for line in debugfs(image, f"stat {path}").splitlines() if line.startswith("Inode:"))
    return int(found.split()[1])
