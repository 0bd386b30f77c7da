"""Which locks stand in the way of a change (RFC 4918 §6 and §7). The storage keeps the locks; here they are asked.

A lock is kept to who sends its token and made the lock: a token that leaked in a lockdiscovery opens nothing for others.
"""
from appliance.core import errors


class Locking:
    """Raises Locked, with the token that was missing, where a change must not happen."""

    def __init__(self, locks):
        self._locks = locks

    def change(self, actor, node, tokens):
        """Content or properties of a node are about to change."""
        self._demand(actor, tokens, self._locks.covering(node.space, node.path))

    def membership(self, actor, folder, tokens):
        """A member of a folder is about to appear: a lock on the folder itself, of any depth, forbids that."""
        self.change(actor, folder, tokens)

    def removal(self, actor, node, tokens):
        """A node is about to leave its place with all that is beneath it."""
        parent = node.path.rpartition("/")[0]
        self._demand(actor, tokens, self._locks.covering(node.space, parent))
        self._demand(actor, tokens, self._locks.covering(node.space, node.path))
        self._demand(actor, tokens, self._locks.beneath(node.space, node.path))

    @staticmethod
    def _demand(actor, tokens, locks):
        """One fitting token of those on a resource is enough: only shared locks can stand there side by side."""
        for lock in locks:
            if not any(_holds(actor, tokens, each) for each in locks if each.path == lock.path):
                raise errors.Locked(token=lock.token)


def _holds(actor, tokens, lock):
    return lock.token in tokens and lock.by == actor.id
