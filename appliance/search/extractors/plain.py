"""Plain texts, Markdown among them, in whatever code they are written."""
import codecs

ENDINGS = {"txt", "text", "md", "markdown", "rst", "org", "csv", "tsv", "log", "ini", "conf", "cfg", "json", "yaml", "yml", "toml", "xml", "svg", "py", "sh", "js", "ts",
           "css", "c", "h", "cpp", "go", "rs", "java", "kt", "swift", "php", "rb", "pl", "lua", "sql", "tex", "bib", "srt", "vtt", "vcf", "ics", "gpx", "kml"}
_READ = 4 << 20                                     # bytes: more characters than are kept
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def text(file, ending, out):
    """All of it. What holds a zero byte is no text."""
    out.add(decoded(file.read(_READ)))


def decoded(content):
    """Bytes as text: by their mark, as UTF-8, or as what Windows wrote in the west."""
    for mark, code in _MARKS:
        if content.startswith(mark):
            return content.decode(code, "replace")
    if b"\0" in content:
        return ""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":    # cut off within a character
            return content[:error.start].decode()
    return content.decode("cp1252", "replace")
