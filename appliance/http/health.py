"""Is it alive, is it ready, how is it: for whoever watches the box."""
import hmac
import os
import time

from appliance.core import errors
from appliance.http import response

STARTED = time.time()
LOCAL = ("127.", "::1", "::ffff:127.")


def alive(environ, start_response):
    """200 while the process lives."""
    return response.answer(start_response, 200, b"alive\n")


def ready(storage):
    """200 when the storage is there and can be written, else 503 with the reason."""
    def answer(environ, start_response):
        storage.present()
        if not storage.free():
            raise errors.Unavailable("The disk is full up to its reserve: nothing new can be written. Delete something.")
        return response.answer(start_response, 200, b"ready\n")
    return answer


def metrics(config):
    """Numbers for Prometheus, from loopback or with the token of the configuration."""
    def answer(environ, start_response):
        given = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        local = environ.get("REMOTE_ADDR", "").startswith(LOCAL) and not config.url
        if not local and not (config.metrics_token and hmac.compare_digest(given.encode(), config.metrics_token.encode())):
            raise errors.NotFound()
        with open("/proc/self/statm") as file:
            resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        cpu = os.times()
        text = (f"# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes {resident}\n"
                f"# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total {cpu.user + cpu.system:.2f}\n"
                f"# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds {STARTED:.0f}\n"
                f"# TYPE process_open_fds gauge\nprocess_open_fds {len(os.listdir('/proc/self/fd'))}\n")
        return response.answer(start_response, 200, text.encode(), "text/plain; version=0.0.4; charset=utf-8")
    return answer
