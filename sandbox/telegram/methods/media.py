"""Reads a photo or document from a call: a new file, or the id of one sent before."""

import re

from sandbox.telegram.call import Call
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.limits import DOWNLOAD_BYTES
from sandbox.telegram.model import Json, Media

_FILE_ID = re.compile(r"[A-Za-z0-9_-]{20,}")
KINDS = ("photo", "document")


def read_media(call: Call, reference: str, kind: str) -> Media:
    upload = call.arguments.uploads.get(kind) or call.upload(reference)
    if upload:
        files = call.world.files
        return files.add_photo(upload) if kind == "photo" else files.add_document(upload)
    if reference == kind:
        raise bad_request(f"there is no {kind} in the request")
    if reference.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    if not _FILE_ID.fullmatch(reference):
        raise bad_request("wrong file identifier/HTTP URL specified")
    return _sent_before(call, reference, kind)


def read_input_media(call: Call, item: Json) -> Media:
    """The file of an InputMedia object."""
    kind = item.get("type")
    if kind not in KINDS:
        raise bad_request("type of file in InputMedia must be photo or document here")
    reference = str(item.get("media") or "")
    if not reference:
        raise bad_request("media not found")
    if reference.startswith("attach://") and call.upload(reference) is None:
        raise bad_request("file content not found in the request")
    upload = call.upload(reference) if reference.startswith("attach://") else None
    if upload:
        files = call.world.files
        return files.add_photo(upload) if kind == "photo" else files.add_document(upload)
    return read_media(call, reference, kind)


def get_file(call: Call) -> Json:
    stored = call.world.files.by_id(call.text("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.content) > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": len(stored.content),
        "file_path": stored.path,
    }


def _sent_before(call: Call, file_id: str, kind: str) -> Media:
    media = call.world.files.media(file_id)
    if media is None:
        raise bad_request("wrong remote file identifier specified: can't unserialize it")
    if bool(media.document) == (kind == "photo"):
        raise _wrong_kind(kind)
    return media


def _wrong_kind(kind: str) -> ApiError:
    found, wanted = ("Document", "Photo") if kind == "photo" else ("Photo", "Document")
    return bad_request(f"can't use file of type {found} as {wanted}")
