"""Is it alive, is it ready, how is it: for whoever watches the box."""
import hmac
import os
import time

from appliance.core import errors
from appliance.http import response

STARTED = time.time()
FULL = "The disk is full up to its reserve: nothing new can be written. Delete something."
LOCAL = ("127.", "::1", "::ffff:127.")


def alive(environ, start_response):
    """200 while the process lives."""
    return response.answer(start_response, 200, b"alive\n")


def require_ready(storage):
    """Unavailable unless the storage is there and can be written."""
    storage.present()
    if not storage.free():
        raise errors.Unavailable(FULL)


def ready(storage):
    """200 when the storage is there and can be written, else 503 with the reason."""
    def answer(environ, start_response):
        require_ready(storage)
        return response.answer(start_response, 200, b"ready\n")
    return answer


def metrics(config, report=None):
    """Numbers for Prometheus, from loopback or with the token of the configuration; ``report`` tells how the box is."""
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
        text += "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in _of_the_box(report()) if value is not None) if report else ""
        return response.answer(start_response, 200, text.encode(), "text/plain; version=0.0.4; charset=utf-8")
    return answer


def _of_the_box(report):
    """What the last look at the box said, ``[(name, number)]``; 0 well, 1 warning, 2 critical."""
    figures = report.figures
    disk, memory = figures.get("disk", {}), figures.get("memory", {})
    yield "hearth_health_state", ("well", "warning", "critical").index(report.state)
    yield "hearth_findings", len(report.findings)
    yield "hearth_health_checked_timestamp_seconds", round(report.checked)
    yield "hearth_disk_size_bytes", disk.get("bytes")
    yield "hearth_disk_free_bytes", disk.get("free")
    yield "hearth_memory_available_bytes", memory.get("free")
    yield "hearth_temperature_celsius", figures.get("temperature")
    yield "hearth_backup_success_timestamp_seconds", figures.get("backup") and round(figures["backup"])
