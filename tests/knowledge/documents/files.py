"""Small files of every kind that parents may give, made on the spot."""

import io
import zipfile
from collections.abc import Sequence

CONTAINER = """<?xml version="1.0"?>
<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">
<rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""


def epub(*chapters: str) -> bytes:
    """A book of these chapters, whose files are named so that only the spine tells their order."""
    names = [f"part {len(chapters) - number}.xhtml" for number in range(len(chapters))]
    items = "".join(
        f'<item id="c{number}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", CONTAINER)
        book.writestr("OEBPS/book.opf", package)
        for name, chapter in zip(names, chapters, strict=True):
            page = f"<html><head><title>no words</title></head><body>{chapter}</body></html>"
            book.writestr(f"OEBPS/{name}", page)
    return file.getvalue()


def pdf(pages: Sequence[str]) -> bytes:
    """Each page with one line of text; "" is a page without any."""
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    bodies.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    kids = []
    for words in pages:
        stream = f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET".encode("latin-1") if words else b""
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(bodies)
        )
        kids.append(b"%d 0 R" % len(bodies))
    bodies[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    file, places = io.BytesIO(), []
    file.write(b"%PDF-1.4\n")
    for number, body in enumerate(bodies, 1):
        places.append(file.tell())
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1))
    for place in places:
        file.write(b"%010d 00000 n \n" % place)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    file.write(end % (len(bodies) + 1, table))
    return file.getvalue()
