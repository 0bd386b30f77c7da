"""``python -m appliance``: the command ``hearth``."""
from gevent import monkey

monkey.patch_all(os=False, signal=False)  # its os.close costs three calls more, and defers what must be closed at once

import sys  # noqa: E402 - nothing may be imported before the patch

from appliance.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
