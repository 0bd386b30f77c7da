"""The ways in which the tests of files bring some in, and what lies there then."""


def put(house, actor, parent, name, content=b"x", **how):
    """Write a file whole."""
    writing = house.files.write(actor, parent, name, len(content))
    try:
        writing.write(content)
        return writing.commit(**how)[0]
    finally:
        writing.abort()


def sent(house, actor, parent, name, content):
    """The same in parts."""
    upload = house.files.begin_upload(actor, parent, name, len(content))
    upload.write(content)
    upload.pause()
    return house.files.finish_upload(actor, upload)[0]


def names(house, actor, folder):
    """What lies in a folder."""
    return sorted(node.name for part in house.files.children(actor, folder) for node in part)
