"""Where sign-ins of tests come from."""

from training.accounts.service import Caller, Device


def from_(address: str, cookie: str = "", most: int = 60) -> Caller:
    """Somebody at an address, with what the browser shows of itself."""
    return Caller(address, Device("key of the tests", cookie), most)
