"""What this server can do, in the words of OpenCloud's capabilities. What is not built yet says so: clients then do not ask."""
import re

# Clients compare ``version``: OpenCloud's want 0.1 or newer, ownCloud's 10 or newer, and both take this one. The real
# version of what we are compatible with stands in ``productversion``.
VERSION = (10, 11, 0)
PRODUCT_VERSION = "7.1.0+hearth"
EDITION = "Hearth"

# The sync clients of ownCloud 2 and Nextcloud 3 compare letter by letter: told "sha1", they send uploads without a checksum.
# And owncloudcmd 2.11 sends empty parts for ever once a resumable upload is past five chunks: told of none, but of chunks, it sends
# ownCloud's chunks, and goes on after an interruption; told of neither, it begins again with one PUT.
_OLDER = re.compile(r"\bmirall/[123]\.")


def status():
    """The answer of /status.php."""
    text = ".".join(map(str, VERSION))
    return {"installed": True, "maintenance": False, "needsDbUpgrade": False, "version": text + ".0", "versionstring": text,
            "edition": EDITION, "productname": "OpenCloud", "product": "OpenCloud", "productversion": PRODUCT_VERSION}


def document(config, agent=""):
    """The whole document, for a client that calls itself ``agent``."""
    major, minor, micro = VERSION
    checksums, files = ["sha1", "md5", "adler32"], _files(config)
    if _OLDER.search(agent) and "OpenCloud" not in agent:
        checksums = [name.upper() for name in checksums]
        del files["tus_support"]
        files["bigfilechunking"] = True
    return {
        "capabilities": {
            "core": {"pollinterval": 60, "webdav-root": "remote.php/webdav", "status": status(), "support-url-signing": True,
                     "support-sse": True},
            "checksums": {"supportedTypes": checksums, "preferredUploadType": checksums[0]},
            "files": files,
            "dav": {"trashbin": "1.0", "reports": ["search-files"], "chunkingParallelUploadDisabled": False},
            "files_sharing": {**_SHARING, "public": _public(config)},
            "spaces": {"version": "1.0.0", "enabled": True, "projects": True, "share_jail": True, "max_quota": 0},
            "graph": {"personal-data-export": False,
                      "users": {"read_only_attributes": [], "create_disabled": False, "delete_disabled": False,
                                "change_password_self_disabled": False}},
            "password_policy": {"min_characters": 8, "max_characters": 256, "min_lowercase_characters": 0,
                                "min_uppercase_characters": 0, "min_digits": 0, "min_special_characters": 0},
            "search": _SEARCH,
            "theme": {"logo": {"permitted_file_types": {}}},
            "notifications": {"ocs-endpoints": ["list", "get", "delete"], "configurable": True},
        },
        "version": {"major": major, "minor": minor, "micro": micro, "string": f"{major}.{minor}.{micro}", "edition": EDITION,
                    "product": "OpenCloud", "productversion": PRODUCT_VERSION},
    }


def _files(config):
    return {
        "privateLinks": True, "bigfilechunking": False, "undelete": True, "versioning": True, "favorites": True,
        "full_text_search": True, "tags": True, "blacklisted_files": [],
        "tus_support": {"version": "1.0.0", "resumable": "1.0.0", "extension": "creation,creation-with-upload",
                        "max_chunk_size": 10_000_000, "http_method_override": ""},
        "archivers": [{"enabled": True, "version": "2.0.0", "formats": ["tar", "zip"], "archiver_url": "/archiver",
                       "max_num_files": str(config.archive_max_entries), "max_size": str(config.archive_max_bytes)}],
        "app_providers": [{"enabled": False, "version": "1.1.0", "apps_url": "", "open_url": "", "open_web_url": "", "new_url": ""}],
    }


_SEARCH = {"property": {
    **{name: {"enabled": True} for name in ("name", "size", "type", "tag", "tags", "content", "scope")},
    "mtime": {"enabled": True, "keywords": ["today", "last 7 days", "last 30 days", "this year", "last year"]},
    "mediatype": {"enabled": True, "keywords": ["document", "spreadsheet", "presentation", "pdf", "image", "video", "audio", "folder", "archive"]},
}}

_SHARING = {
    "api_enabled": True, "group_sharing": True, "sharing_roles": False, "deny_access": False, "auto_accept_share": True,
    "share_with_group_members_only": True, "share_with_membership_groups_only": True, "search_min_length": 3,
    "default_permissions": 1, "user_enumeration": {"enabled": False, "group_members_only": True},
    "federation": {"outgoing": False, "incoming": False},
    "user": {"send_mail": False, "profile_picture": False, "settings": [{"enabled": False, "version": "1.0.0"}],
             "expire_date": {"enabled": True}},
    "resharing": False,
}


def _public(config):
    """What can be done with links."""
    always, changing = config.link_passwords == "always", config.link_passwords != "never"
    return {"enabled": True, "send_mail": False, "social_share": True, "upload": True, "multiple": True, "supports_upload_only": True,
            "password": {"enforced_for": {"read_only": always, "read_write": changing, "read_write_delete": changing, "upload_only": changing},
                         "enforced": always},
            "expire_date": {"enabled": bool(config.link_days), "days": str(config.link_days), "enforced": False} if config.link_days else {"enabled": False},
            "can_edit": True, "alias": True, "default_permissions": 1}
