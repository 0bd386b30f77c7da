"""Our own simulators of clients that do not run on Linux: their requests, in their order, with their own demands."""
