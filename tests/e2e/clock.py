"""A wrong clock for one run of the command: libfaketime is preloaded, and shifts the wall clock only."""

import email.utils
import glob
import os
import time

LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"
HOUR, DAY = 3600, 86400
UNSET = "@1970-01-01 00:00:42"  # a device that has just started


def set_clock(wafer, spec):
    """All further runs of `wafer` have this clock. `spec`: seconds that it is ahead (negative: behind; 0: right), or
    a text for FAKETIME: "@2099-01-01 00:00:00" begins there."""
    found = glob.glob(LIBRARY)
    assert found, f"no {LIBRARY}: run tools/setup/packages.sh check"
    wafer.env = dict(os.environ)
    if spec != 0:
        wafer.preload(found[0], FAKETIME=spec if isinstance(spec, str) else f"{spec:+d}", TZ="UTC",
                      FAKETIME_DONT_FAKE_MONOTONIC="1")


def date_shape(ahead):
    """For FakeCa.shape: the CA's own clock is `ahead` seconds ahead; None: it tells no time."""
    def shape(answer):
        answer.headers.pop("Date", None)
        if ahead is not None:
            answer.headers["Date"] = email.utils.formatdate(time.time() + ahead, usegmt=True)
        return answer
    return shape


def pass_time(wafer, ca, ahead):
    """So much later, for both of them; their certificates stay as they are."""
    set_clock(wafer, ahead)
    ca.shape = date_shape(ahead)
