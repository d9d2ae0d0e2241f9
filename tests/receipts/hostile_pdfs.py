"""PDFs that act, carry, lock, loop, swell or break off."""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader, PdfWriter

from tests.receipts.pdfs import catalog, drawn, flate, in_object_stream, page, pdf, stream
from tests.receipts.pictures import encoded, receipt, zeros

File = tuple[str, bytes, str]
MIB = 1024 * 1024
SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"


def files(url: str, marker: str) -> Iterator[File]:
    yield from _acting(url.encode(), marker.encode())
    yield from _carrying()
    yield from _locked()
    yield from _looping()
    yield from _swelling()
    yield from _pictures()
    yield from _reaching(url.encode())
    yield from _cut()


def _acting(url: bytes, marker: bytes) -> Iterator[File]:
    launch = b"<</S/Launch/F(/bin/touch)/Win<</F(touch)/P(%s)>>>>" % marker
    opened = {
        "script": SCRIPT,
        "escaped": b"<</S/J#61vaScript/J#53(app.alert\\(1\\))>>",
        "launch": launch,
        "submit": b"<</S/SubmitForm/F<</FS/URL/F(%s)>>>>" % url,
        "import": b"<</S/ImportData/F(/etc/passwd)>>",
        "remote": b"<</S/GoToR/F(other.pdf)/D[0/Fit]>>",
        "embedded": b"<</S/GoToE/F(other.pdf)/D[0/Fit]>>",
        "sound": b"<</S/Sound>>",
        "film": b"<</S/Movie>>",
        "rendition": b"<</S/Rendition/OP 0>>",
        "address": b"<</S/URI/URI(%s)>>" % url,
        "then": b"<</S/GoTo/D[3 0 R/Fit]/Next %s>>" % SCRIPT,
        "thread": b"<</S/Thread/D 0>>",
    }
    for name, act in opened.items():
        reason = "pdf_script" if b"JS" in act or b"J#53" in act else "pdf_launch"
        yield f"opens-{name}.pdf", pdf({1: catalog(b"/OpenAction " + act)}), reason
    yield "opens-far.pdf", pdf({1: catalog(b"/OpenAction 7 0 R"), 7: SCRIPT}), "pdf_script"
    yield "opens-page.pdf", pdf({1: catalog(b"/OpenAction[3 0 R/Fit]")}), ""
    yield "opens-kindly.pdf", pdf({1: catalog(b"/OpenAction<</S/GoTo/D[3 0 R/Fit]>>")}), ""
    yield (
        "named.pdf",
        pdf({1: catalog(b"/Names<</JavaScript<</Names[(a)%s]>>>>" % SCRIPT)}),
        ("pdf_script"),
    )
    yield "closes.pdf", pdf({1: catalog(b"/AA<</WC %s>>" % SCRIPT)}), "pdf_script"
    yield "turns.pdf", pdf({3: page(b"/AA<</O %s>>" % launch)}), "pdf_launch"
    yield "pressed.pdf", pdf({3: page(b"/Annots[<</Subtype/Link/A %s>>]" % launch)}), "pdf_launch"
    yield (
        "typed.pdf",
        pdf({3: page(b"/Annots[<</Subtype/Widget/AA<</K %s>>>>]" % SCRIPT)}),
        ("pdf_script"),
    )
    yield (
        "form.pdf",
        pdf({1: catalog(b"/AcroForm<</XFA 7 0 R>>"), 7: stream(b"<xdp/>")}),
        ("pdf_script"),
    )
    yield "rich.pdf", pdf({3: page(b"/Annots[<</Subtype/RichMedia>>]")}), "pdf_script"
    yield "hidden.pdf", in_object_stream(SCRIPT), "pdf_script"
    yield "unreached.pdf", pdf({7: SCRIPT}), "pdf_script"
    yield "replaced.pdf", pdf({1: catalog(b"/OpenAction " + SCRIPT)}) + b"\n" + pdf(), "pdf_script"
    yield "linked.pdf", pdf({3: page(b"/Annots[<</Subtype/Link/A<</S/URI/URI(%s)>>>>]" % url)}), ""


def _carrying() -> Iterator[File]:
    named = catalog(b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/EF<</F 7 0 R>>>>]>>>>")
    yield "carries.pdf", pdf({1: named, 7: stream(b"MZ", b"/Type/EmbeddedFile")}), "pdf_files"
    yield "attached.pdf", pdf({3: page(b"/Annots[<</Subtype/FileAttachment>>]")}), "pdf_files"
    yield "carried.pdf", pdf({7: stream(b"MZ", b"/Type/EmbeddedFile")}), "pdf_files"
    yield "folder.pdf", pdf({1: catalog(b"/Collection<</View/D>>")}), "pdf_files"
    yield "beside.pdf", pdf({1: catalog(b"/AF[<</EF<</F 7 0 R>>>>]")}), "pdf_files"
    writer = PdfWriter(clone_from=PdfReader(BytesIO(drawn("a"))))
    writer.add_attachment("tool.exe", b"MZ")
    yield "written.pdf", _written(writer), "pdf_files"


def _locked() -> Iterator[File]:
    for way in ("RC4-40", "RC4-128", "AES-128", "AES-256"):
        for password in ("", "secret"):
            writer = PdfWriter(clone_from=PdfReader(BytesIO(drawn("a"))))
            writer.encrypt(password, "owner", algorithm=way)
            yield f"locked-{way}-{password}.pdf", _written(writer), "pdf_locked"
    odd = b"/Encrypt<</Filter/Odd/V 99>>/ID[(a)(b)]"
    yield "oddly-locked.pdf", pdf(trailer=odd), "pdf_locked|damaged"


def _written(writer: PdfWriter) -> bytes:
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def _looping() -> Iterator[File]:
    yield "pages-loop.pdf", pdf({2: b"<</Type/Pages/Kids[2 0 R]/Count 1>>"}), "anything"
    yield (
        "pages-two.pdf",
        pdf({2: b"<</Type/Pages/Kids[4 0 R]>>", 4: b"<</Type/Pages/Kids[2 0 R]>>"}),
        "anything",
    )
    deep = {n: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (n + 1) for n in range(4, 3000)}
    yield "pages-deep.pdf", pdf({2: b"<</Type/Pages/Kids[4 0 R]/Count 1>>", **deep}), "anything"
    wide = b"3 0 R " * 200_000
    yield "pages-wide.pdf", pdf({2: b"<</Type/Pages/Kids[%s]/Count 9>>" % wide}), "anything"
    doubled = {n: b"<</Type/Pages/Kids[%s]>>" % (b"%d 0 R " % (n + 1) * 10) for n in range(4, 20)}
    yield "pages-doubling.pdf", pdf({2: b"<</Type/Pages/Kids[4 0 R]>>", **doubled}), "anything"
    yield "no-pages.pdf", pdf({2: b"<</Type/Pages/Kids[]/Count 0>>"}), "damaged"
    yield "no-root.pdf", pdf(root=77), "|damaged"
    yield "root-is-page.pdf", pdf(root=3), "anything"
    whole = pdf()
    at = whole.rindex(b"startxref")
    table = int(whole[at:].split()[1])
    yield "table-loop.pdf", whole.replace(b"/Root", b"/Prev %d/Root" % table), "anything"
    yield "table-negative.pdf", whole[:at] + b"startxref\n-7\n%%EOF", "anything"
    yield "table-far.pdf", whole[:at] + b"startxref\n99999999999\n%%EOF", "anything"
    yield "table-huge.pdf", whole.replace(b"xref\n0 4", b"xref\n0 99999999"), "anything"
    yield "no-table.pdf", whole[:table], "anything"
    yield (
        "length-loop.pdf",
        pdf({7: b"<</Length 7 0 R>>stream\nx\nendstream", 3: page(b"/Contents 7 0 R")}),
        "anything",
    )
    yield "refers-to-itself.pdf", pdf({7: b"7 0 R", 3: page(b"/Contents 7 0 R")}), "anything"
    form = stream(b"/F Do", b"/Type/XObject/Subtype/Form/Resources<</XObject<</F 7 0 R>>>>")
    yield (
        "form-loop.pdf",
        pdf(
            {
                7: form,
                8: stream(b"/F Do"),
                3: page(b"/Contents 8 0 R", b"/XObject<</F 7 0 R>>"),
            }
        ),
        "anything",
    )
    extends = flate(b"9 0 null", b"/Type/ObjStm/N 1/First 4/Extends 7 0 R")
    yield "streams-extend.pdf", pdf({7: extends}), "anything"


def _swelling() -> Iterator[File]:
    bomb = zeros(400 * MIB)
    twice = zlib.compress(zeros(1000 * MIB), 9)
    contents = page(b"/Contents 7 0 R")
    yield "flate-bomb.pdf", pdf({3: contents, 7: stream(bomb, b"/Filter/FlateDecode")}), "anything"
    yield (
        "flate-twice.pdf",
        pdf({3: contents, 7: stream(twice, b"/Filter[/FlateDecode/FlateDecode]")}),
        "anything",
    )
    yield (
        "flate-in-tables.pdf",
        pdf({7: stream(bomb, b"/Filter/FlateDecode/Type/ObjStm/N 9/First 9")}),
        "anything",
    )
    yield (
        "run-bomb.pdf",
        pdf({3: contents, 7: stream(b"\x81a" * 2_000_000, b"/Filter/RunLengthDecode")}),
        "anything",
    )
    yield (
        "lzw-bomb.pdf",
        pdf({3: contents, 7: stream(bytes(4 * MIB), b"/Filter/LZWDecode")}),
        "anything",
    )
    chain = b"/Filter[%s]" % (b"/ASCIIHexDecode" * 1000)
    yield "filter-chain.pdf", pdf({3: contents, 7: stream(b"00>", chain)}), "anything"
    yield "arrays-deep.pdf", pdf({7: b"[" * 20_000 + b"]" * 20_000}), "anything"
    yield "entries-deep.pdf", pdf({7: b"<</A" * 20_000 + b">>" * 20_000}), "anything"
    yield "array-wide.pdf", pdf({7: b"[" + b"0 " * 1_500_000 + b"]"}), "anything"
    yield "many-objects.pdf", pdf(dict.fromkeys(range(4, 60000), b"null")), "anything"
    yield "long-name.pdf", pdf({7: b"/" + b"a" * (8 * MIB)}), "anything"
    yield "long-string.pdf", pdf({7: b"(" + b"(" * 4_000_000}), "anything"
    yield (
        "lies-about-length.pdf",
        pdf({3: contents, 7: stream(b"x", length=2_000_000_000)}),
        "anything",
    )
    font = b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
    words = flate(b"BT /F 9 Tf " + b"(a)Tj " * 1_000_000 + b"ET")
    yield "many-words.pdf", pdf({3: page(b"/Contents 7 0 R", font), 7: words}), "anything"
    saves = flate(b"q " * 3_000_000)
    yield "many-saves.pdf", pdf({3: contents, 7: saves}), "anything"
    ranges = (
        b"1 begincodespacerange<0000><ffff>endcodespacerange\n"
        + (b"100 beginbfrange\n" + b"<0000><ffff><0000>\n" * 100 + b"endbfrange\n") * 500
    )
    mapped = b"/Font<</F<</Type/Font/Subtype/Type0/ToUnicode 8 0 R/Encoding/Identity-H>>>>"
    yield (
        "map-bomb.pdf",
        pdf(
            {
                3: page(b"/Contents 7 0 R", mapped),
                7: stream(b"BT /F 9 Tf <00410042> Tj ET"),
                8: flate(ranges),
            }
        ),
        "anything",
    )
    inline = b"BI /W 60000 /H 60000 /BPC 8 /CS /RGB ID " + b"x" * 99 + b" EI"
    yield "inline-picture.pdf", pdf({3: contents, 7: stream(inline)}), "anything"


def _pictures() -> Iterator[File]:
    jpeg = encoded(receipt(), "JPEG")
    kinds = {
        "bomb": (zeros(400 * MIB), b"/FlateDecode", 20_000, 20_000),
        "promise": (zeros(100), b"/FlateDecode", 5000, 5000),
        "lies": (jpeg, b"/DCTDecode", 9, 9),
        "broken": (jpeg[:3000], b"/DCTDecode", 600, 900),
        "jbig2": (bytes(300), b"/JBIG2Decode", 600, 900),
        "jpx": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(300), b"/JPXDecode", 600, 900),
        "fax": (bytes(300), b"/CCITTFaxDecode", 2000, 2000),
        "negative": (jpeg, b"/DCTDecode", -600, -900),
        "scan": (jpeg, b"/DCTDecode", 600, 900),
    }
    for name, (data, way, width, height) in kinds.items():
        extra = b"/Subtype/Image/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter%s" % way
        extra += b"/Width %d/Height %d" % (width, height)
        shown = page(b"", b"/XObject<</I 7 0 R>>")
        yield f"picture-{name}.pdf", pdf({3: shown, 7: stream(data, extra)}), "anything"
    many = b"".join(b"/I%d 7 0 R" % n for n in range(50_000))
    extra = b"/Subtype/Image/Width 600/Height 900/Filter/DCTDecode"
    yield (
        "picture-many.pdf",
        pdf({3: page(b"", b"/XObject<<%s>>" % many), 7: stream(jpeg, extra)}),
        "anything",
    )


def _reaching(url: bytes) -> Iterator[File]:
    """Files that name another file or an address for their content."""
    outside = stream(b"", b"/F<</FS/URL/F(%s)>>" % url)
    yield "content-outside.pdf", pdf({3: page(b"/Contents 7 0 R"), 7: outside}), "anything"
    yield (
        "content-on-disk.pdf",
        pdf({3: page(b"/Contents 7 0 R"), 7: stream(b"", b"/F(/etc/passwd)/FFilter/FlateDecode")}),
        "anything",
    )
    reference = b"/Subtype/Form/Ref<</F(%s)/Page 0>>" % url
    yield (
        "form-outside.pdf",
        pdf({3: page(b"", b"/XObject<</F 7 0 R>>"), 7: stream(b"", reference)}),
        "anything",
    )
    xmp = b'<!DOCTYPE x [<!ENTITY y SYSTEM "%s">]><x>&y;</x>' % url
    yield (
        "metadata-outside.pdf",
        pdf({1: catalog(b"/Metadata 7 0 R"), 7: stream(xmp, b"/Type/Metadata/Subtype/XML")}),
        "anything",
    )
    yield "base-address.pdf", pdf({1: catalog(b"/URI<</Base(%s)>>" % url)}), "anything"
    yield (
        "odd-box.pdf",
        pdf({3: b"<</Type/Page/Parent 2 0 R/MediaBox[(a)(b)/c null]>>"}),
        "anything",
    )
    huge = struct.pack(">d", 1e300).hex().encode()
    yield (
        "huge-numbers.pdf",
        pdf({3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1e999 %s]>>" % huge}),
        "anything",
    )
    yield "long-number.pdf", pdf({7: b"9" * 1_000_000}), "anything"


def _cut() -> Iterator[File]:
    whole = drawn("电子回单 金额 ¥1,234.50\n" * 20)
    for part in range(1, 20):
        yield f"cut-{part}.pdf", whole[: len(whole) * part // 20], "anything"
