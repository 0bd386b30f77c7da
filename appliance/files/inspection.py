"""Inspection: what lies between a file that is whole and one that can be seen. The firewall looks at it, then the scanner.

It is asked by ``files`` before a draft or an upload becomes a file. Where it says no, nothing has changed and the client is told why; a file
that is kept is in quarantine. What was let in unseen is marked, for good and before it can be seen, and looked at later.
"""
import os
from contextlib import contextmanager, suppress

from appliance.core import Origin, clock, errors, events, jobs, log
from appliance.files import kinds
from appliance.files.firewall import Firewall, Refused
from appliance.files.names import join, numbered
from appliance.files.scanning import Away, scanner
from appliance.identity import roles

SCANS, WAITING = 4, 400                             # at once, and in the queue; there are fewer connections than that
RETRY = 120                                         # seconds after which a client may ask again while the scanner is away
QUIET = 60                                          # seconds between two complaints about it in the log
ATTEMPTS = 50                                       # to find a free name for what comes out of quarantine


class Infected(errors.Forbidden):
    """There is a virus in this file. It was not taken."""

    spoken = True


class Kept(errors.Forbidden):
    """Nobody can look for viruses just now. The file is kept apart, and appears by itself when that was done."""

    spoken = True


class Inspection:
    """Looks at what comes in. ``admit(actor id, parent, name)`` says whether somebody may still write there; False where only what is new."""

    def __init__(self, storage, bus, admit):
        self._storage, self._bus, self._admit = storage, bus, admit
        self.firewall, self._scanner = Firewall(storage.config.data), scanner(storage.config.scanner)
        self._turns, self._complained = jobs.Turns(SCANS, WAITING), 0.0
        if self._scanner:
            bus.follow(events.StorageChanged)(self._regard)

    # On the way in.

    def begins(self, actor, parent, name, size):
        """Refuse by its name and size what is about to be written, before any of it is read. Refused, TooLarge."""
        if not self.firewall.open:
            self._rules(actor, parent, name)
        scan = self.firewall.settings.scan
        if self._scanner and scan.large == "refuse" and size and size > scan.most:
            raise _too_large(scan)

    @contextmanager
    def draft(self, actor, parent, name, draft, mtime_ns):
        """Look at a Draft that is whole, which becomes a file in this context; it gives what is to be called with the Node then.

        Refused, Infected, Kept, TooLarge; Unavailable while the scanner is away.
        """
        def hold(why, virus=""):
            draft.name = name
            self._storage.quarantine.take_draft(draft, actor.id, clock.now_ns() if mtime_ns is None else mtime_ns, self._etag(parent, name), why, virus)
        with self._marking(self._look(actor, parent, name, draft.fd, draft.size, draft.id, hold)) as made:
            yield made

    @contextmanager
    def upload(self, actor, parent, upload):
        """The same for an Upload. One that is not taken, now or ever, is gone afterwards."""
        if self.firewall.open and not self._scanner:
            yield _nothing
            return

        def hold(why, virus=""):
            self._storage.quarantine.take_upload(upload, self._etag(parent, upload.name), why, virus)
        fd = upload.open()
        try:
            unseen = self._look(actor, parent, upload.name, fd, upload.size, upload.id, hold)
        except (Refused, Infected):
            upload.remove()
            raise
        finally:
            os.close(fd)
        with self._marking(unseen) as made:
            yield made

    @contextmanager
    def _marking(self, unseen):
        """Take the mark ``unseen`` away again where no node of that id came to be."""
        made = []
        try:
            yield made.append
        finally:
            if unseen and not any(node.id == unseen for node in made):
                self._storage.unscanned.forget([unseen])

    def _look(self, actor, parent, name, fd, size, id, hold):
        """Answers the id where it is let in unseen, and is marked as such; else None."""
        if not self.firewall.open:
            self._rules(actor, parent, name, fd, size)
        if self._scanner is None or not size:
            return None
        scan = self.firewall.settings.scan
        if size > scan.most and scan.large != "part":
            if scan.large == "refuse":
                raise _too_large(scan)
            return None
        try:
            virus = self._scan(fd, size, name)
        except Away:
            return self._unseen(actor, parent, name, id, scan, hold)
        if virus:
            self._found(actor, parent, name, virus, scan, hold)
        return None

    def _unseen(self, actor, parent, name, id, scan, hold):
        """The scanner is away."""
        if scan.away == "refuse":
            raise errors.Unavailable("The virus scanner does not answer just now. Nothing is lost; try again in a few minutes.", RETRY)
        if scan.away == "quarantine":
            hold("unscanned")
            raise Kept()
        there = self._storage.tree.there(parent, name)
        self._storage.unscanned.add([id, *([there.id] if there else ())], actor.id)
        return id

    def _found(self, actor, parent, name, virus, scan, hold):
        outcome = "refused"
        if scan.infected == "quarantine":
            try:
                hold("virus", virus)
                outcome = "quarantined"
            except errors.Unavailable as error:     # there is no more room for it; its owner has it still
                log.get("scan").warning("%s", error)
        self._say(events.VirusFound, actor.id, actor.origin, parent, name, virus=virus, outcome=outcome)
        raise Infected(f'A virus was found in "{name}": {virus}. The file was not taken.')

    def _scan(self, fd, size, name):
        try:
            with self._turns:
                return self._scanner.scan(fd, min(size, self.firewall.settings.scan.most), name)
        except (Away, errors.TooManyAttempts) as error:
            if not 0 <= clock.now() - self._complained < QUIET:
                self._complained = clock.now()
                log.get("scan").warning("the virus scanner %s is away: %s", self._storage.config.scanner, error)
            raise Away(str(error)) from None

    def _etag(self, parent, name):
        there = self._storage.tree.there(parent, name)
        return there.etag if there else None

    # The rules of the firewall.

    def _rules(self, actor, parent, name, fd=None, size=0):
        """Refused, and told, where a file of that name, open at ``fd`` where it is there already, is not taken into a folder."""
        try:
            kind = jobs.bulk(kinds.look, fd, size, name) if fd is not None and self.firewall.looks(parent.space) else None
            self.firewall.refuse(parent.space, name, kind)
        except Refused as error:
            self._say(events.FileRefused, actor.id, actor.origin, parent, name, value=str(error))
            raise

    def moves(self, actor, node, parent, name):
        """Refuse a new name for a file. Refused."""
        if not self.firewall.open and not node.folder and name != node.name:
            self._open(actor, node, parent, name)

    @contextmanager
    def copies(self, actor, node, parent, name, deep=True):
        """Refuse a copy, of a folder for any file in it; gives what is to be called with the Node that it became. Refused."""
        if not self.firewall.open:
            for node_beneath in self._files(node, deep):
                self._open(actor, node_beneath, parent, node_beneath.name if node.folder else name)
        if not len(self._storage.unscanned):
            yield _nothing
            return
        self._storage.unscanned.add([parent.id], actor.id)      # until it is known which one is new
        mark, made = dict(self._storage.unscanned.all())[parent.id], []
        yield made.append
        self._storage.unscanned.add([each.id for each in made], actor.id)
        self._storage.unscanned.drop(parent.id, mark)

    def _files(self, node, deep=True):
        """All files in a node, which may be one itself."""
        to_see = [node]
        while to_see:
            here = to_see.pop()
            if not here.folder:
                yield here
            elif deep:
                to_see += [each for part in self._storage.tree.children(here) for each in part]

    def _open(self, actor, node, parent, name):
        opened = self._storage.tree.open(node)
        try:
            self._rules(actor, parent, name, opened.fd, opened.node.size)
        finally:
            opened.close()

    def restores(self, actor, space_id, key, sub, parent, name):
        """Refuse to take something out of the trash. Refused, NotFound."""
        if self.firewall.open:
            return
        trash, to_see = self._storage.trash, [(sub.strip("/"), name)]
        while to_see:
            here, name = to_see.pop()
            fd = trash.open(space_id, key, here)
            if fd is None:
                to_see += [(join(here, item.name), item.name) for item in trash.children(space_id, key, here)]
                continue
            try:
                self._rules(actor, parent, name, fd, os.fstat(fd).st_size)
            finally:
                os.close(fd)

    def reverts(self, actor, node, key):
        """Refuse to give a file an earlier content again. Refused, NotFound."""
        if not self.firewall.open:
            opened = self._storage.versions.open(node, key)
            try:
                self._rules(actor, self._storage.tree.by_id(node.parent), node.name, opened.fd, opened.node.size)
            finally:
                opened.close()

    # Later.

    def _regard(self, event):
        """Somebody wrote files behind our back: mark them."""
        for path in getattr(event, "written", ()):
            with suppress(errors.HouseError):       # it went away again
                self._storage.unscanned.add([self._storage.tree.node(event.space, path).id])

    def catch_up(self):
        """Look at what nobody has looked at yet, one after another, while the scanner answers."""
        waiting = [held for held in self._storage.quarantine.all() if held.why == "unscanned"]
        if self._scanner is None or not waiting and not len(self._storage.unscanned):
            return
        try:
            jobs_left = [(self._again, held) for held in waiting] + [(self._marked, *row) for row in self._storage.unscanned.all()]
            self._scanner.ping()
            for job, *about in jobs_left:
                try:
                    job(*about)
                except errors.HouseError as error:  # no room, or the folder is gone: it waits, and the others need not
                    log.get("scan").debug("%s waits: %s", about[0].name if job == self._again else about[0], error)
        except Away:
            return

    def _again(self, held):
        """Something that waits in quarantine."""
        fd = held.open()
        try:
            virus = self._scan(fd, held.size, held.name)
        finally:
            os.close(fd)
        if not virus:
            self.release(held)
            return
        keep = self.firewall.settings.scan.infected == "quarantine"
        if keep:
            self._storage.quarantine.condemn(held, virus)
        else:
            held.remove()
        with suppress(errors.NotFound):
            self._say(events.VirusFound, held.actor, Origin(), self._storage.tree.by_id(held.parent), held.name,
                      virus=virus, outcome="quarantined" if keep else "refused")

    def release(self, held, by=None):
        """Make a file in quarantine a file, for good; its Node. Where there is another one by now, it gets another name.

        ``by`` is who decided so; without one, who wrote it must still be allowed to write there. NotFound, Conflict, QuotaExceeded, Forbidden.
        """
        try:
            parent = self._storage.tree.by_id(held.parent)
        except errors.NotFound:
            raise errors.Conflict("The folder that this file belongs in is gone.") from None
        if by is not None or not self._admit(held.actor, parent, held.name):
            held.expect = None                      # it replaces nothing
        node, created = self._finish(held, parent)
        self._bus.publish(events.FileWritten(node.space, node.id, held.actor, Origin() if by is None else by.origin, node.path, new=created))
        return node

    def _finish(self, held, parent):
        try:
            self._storage.tree.by_id(held.id)
            id = None
        except errors.NotFound:
            id = held.id                            # of a file that was in the tree before
        for number in range(1, ATTEMPTS):
            name = held.name if number == 1 else numbered(held.name, number)
            try:
                return held.finish(name, absent=held.expect is None, id=id)
            except (errors.PreconditionFailed, errors.AlreadyExists):
                held.expect = None
        raise errors.Conflict("There are too many files of this name.")

    def _marked(self, id, mark):
        """Something that was let in."""
        try:
            node = self._storage.tree.by_id(id)
        except errors.NotFound:                     # it may lie in the trash, or never came to be
            if self._storage.unscanned.is_old(id):
                self._storage.unscanned.drop(id, mark)
            return
        for file in self._files(node):
            with suppress(errors.NotFound):         # it went away
                self._file(file, mark)
        self._storage.unscanned.drop(id, mark)

    def _file(self, node, mark):
        """A file that is there, and what it was before. What is found is never destroyed: there may be no other copy."""
        quarantine, versions = self._storage.quarantine, self._storage.versions
        for version in versions.list(node):
            if virus := self._read(versions.open(node, version.key), node.name):
                quarantine.take_version(node, version, "virus", virus)
                self._tell(node, mark, virus)
        if not (virus := self._read(self._storage.tree.open(node), node.name)):
            return
        quarantine.take_node(node, "virus", virus)
        self._storage.locks.forget(node.space, node.path)
        self._tell(node, mark, virus)
        if earlier := versions.list(node):
            with suppress(errors.AlreadyExists, errors.NotFound):
                versions.revive(node, earlier[-1].key)
        self._bus.publish(events.StorageChanged(node.space, node.parent, ""))

    def _read(self, opened, name):
        try:
            return self._scan(opened.fd, opened.node.size, name) if opened.node.size else ""
        finally:
            opened.close()

    def _tell(self, node, mark, virus):
        self._bus.publish(events.VirusFound(node.space, node.id, mark.by or self._storage.spaces.get(node.space).owner, Origin(), node.path,
                                            node.name, virus, "quarantined"))

    def _say(self, event, actor, origin, parent, name, **more):
        self._bus.publish(event(parent.space, parent.id, actor, origin, join(parent.path, name), name, **more))

    # For who looks after the box.

    def away(self):
        """Whether there is a scanner that does not answer."""
        if self._scanner:
            try:
                self._scanner.ping()
            except Away:
                return True
        return False

    def state(self, actor):
        """The Settings, and how things are: ``(settings, {"address", "state"}, files that wait to be scanned, files in quarantine)``. Forbidden."""
        roles.require(actor, "Settings.ReadWrite")
        state = "none" if not self._scanner else "away" if self.away() else "well"
        waiting = sum(held.why == "unscanned" for held in self._storage.quarantine.all()) + len(self._storage.unscanned)
        return self.firewall.settings, {"address": self._storage.config.scanner, "state": state}, waiting, len(self._storage.quarantine.all())

    def set(self, actor, wanted):
        """Change the rules, as ``Firewall.set`` does. Forbidden, Invalid."""
        _in_person(actor)
        self.firewall.set(wanted, {site.id for site in self._storage.spaces.sites()})
        self._bus.publish(events.SettingChanged(actor.id, actor.origin, "firewall", ", ".join(sorted(wanted))))

    def quarantined(self, actor):
        """All that is in quarantine, the oldest first. Forbidden."""
        roles.require(actor, "Settings.ReadWrite")
        return self._storage.quarantine.all()

    def path_of(self, held):
        """Where something in quarantine was to be, "" where its folder is gone."""
        try:
            return join(self._storage.tree.by_id(held.parent).path, held.name)
        except errors.HouseError:
            return ""

    def spaces(self):
        """What the spaces are called: ``{id: name}``."""
        return {space.id: space.name for space in self._storage.spaces.all()}

    def quarantined_of(self, actor):
        """What of an actor's own is in quarantine."""
        return self._storage.quarantine.of(actor.id)

    def let_out(self, actor, id):
        """Make something in quarantine a file, whatever was found in it; its Node. Forbidden, NotFound, Conflict, QuotaExceeded."""
        _in_person(actor)
        held = self._storage.quarantine.get(id)
        node = self.release(held, actor)
        self._decided(events.QuarantineReleased, actor, held)
        return node

    def destroy(self, actor, id):
        """Destroy something in quarantine. Forbidden, NotFound."""
        _in_person(actor)
        held = self._storage.quarantine.get(id)
        held.remove()
        self._decided(events.QuarantineRemoved, actor, held)

    def _decided(self, event, actor, held):
        self._bus.publish(event(held.space, held.parent, actor.id, actor.origin, "", held.name, held.virus))

    def forget(self, account_id=None):
        """Take out what is of somebody who is gone, and the rules of spaces that are."""
        for held in self._storage.quarantine.of(account_id) if account_id else ():
            held.remove()
        self.firewall.forget({site.id for site in self._storage.spaces.sites()})


def _nothing(node):
    """Nothing is to be done about a node that was looked at."""


def _too_large(scan):
    return errors.TooLarge(f"Files above {scan.most} bytes cannot be looked at for viruses, and are not accepted here.")


def _in_person(actor):
    roles.require(actor, "Settings.ReadWrite")
    if actor.token:
        raise errors.Forbidden("Sign in yourself for this; an app token may not.")
