"""What a page may not do, noted while it is open."""

from urllib.parse import urlsplit

HERE = {"localhost", "127.0.0.1", "[::1]", "::1"}
GIVEN_UP = "net::ERR_ABORTED"  # by the page itself: a stream it closed, a file it saved
NO_REQUEST = {"data", "blob", "about"}


def is_local(address):
    """Whether an address is a file's or this machine's own."""
    parts = urlsplit(address)
    return parts.scheme in NO_REQUEST | {"file"} or parts.hostname in HERE


class Watch:
    """Notes console errors, uncaught exceptions, failed requests and requests to other machines, which are stopped.

    Args:
        context: a browser's context, before its first page is opened.

    Attributes:
        complaints: a line for each.
    """

    def __init__(self, context):
        self.complaints = []
        context.route(lambda address: not is_local(address), self._stop)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("response", self._response)
        context.route_web_socket(lambda address: not is_local(address), self._socket)

    def _stop(self, route):
        self.complaints.append(f"asked another machine: {route.request.url}")
        route.abort("blockedbyclient")

    def _console(self, message):
        if message.type == "error":
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _failed(self, request):
        if request.failure != GIVEN_UP and is_local(request.url):
            self.complaints.append(f"failed: {request.url}: {request.failure}")

    def _response(self, response):
        if response.status >= 400:
            self.complaints.append(f"status {response.status}: {response.url}")

    def _socket(self, socket):  # is not connected, unless asked to
        self.complaints.append(f"asked another machine: {socket.url}")
