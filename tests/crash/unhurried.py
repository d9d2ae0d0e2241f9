"""`python -m tests.crash.unhurried`: a warm parent of bots that wait for no sending rate."""

from tests.bench.product import lift_limits
from tests.e2e import launcher

if __name__ == "__main__":
    lift_limits()
    launcher.main()
