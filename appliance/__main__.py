"""``python -m appliance``: the command ``hearth``."""
from gevent import events, monkey

events.notify_and_call_entry_points = events.notify     # else it looks through all installed packages for plugins, again and again: a fifth of each start
monkey.patch_all(os=False, signal=False)  # its os.close costs three calls more, and defers what must be closed at once

import sys  # noqa: E402 - nothing may be imported before the patch

from appliance.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
