"""Files by id: photos in their sizes, documents byte for byte."""

import io
import mimetypes
import secrets
import struct
from dataclasses import dataclass

import telegram
from PIL import Image, ImageOps

from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.limits import PHOTO_BYTES, PHOTO_RATIO, PHOTO_SIDES, UPLOAD_BYTES
from sandbox.telegram.model import Media

# The longest side of each size that Telegram keeps of a photo.
SIDES = (90, 320, 800, 1280)
JPEG_QUALITY = 87
# What the imaging library raises for pictures that are none, or end too early.
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, struct.error)
UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came in a request."""

    name: str
    content: bytes
    media_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    file_id: str
    unique_id: str
    path: str
    content: bytes
    media_type: str


class FileStore:
    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._media: dict[str, Media] = {}

    def by_id(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def by_path(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)

    def media(self, file_id: str) -> Media | None:
        """What was sent under this id, to be sent once more."""
        return self._media.get(file_id)

    def add_photo(self, upload: Upload) -> Media:
        if len(upload.content) > PHOTO_BYTES:
            raise bad_request(
                f"file of size {len(upload.content)} bytes is too big for a photo; "
                f"the maximum size is {PHOTO_BYTES} bytes"
            )
        _check_size(upload)
        picture = _opened(upload.content)
        sizes = tuple(self._photo_size(picture, side) for side in _sides(picture))
        return self._known(Media(photo=sizes), *(size.file_id for size in sizes))

    def add_document(self, upload: Upload) -> Media:
        _check_size(upload)
        media_type = upload.media_type
        if not media_type or media_type == UNKNOWN_TYPE:
            media_type = mimetypes.guess_type(upload.name)[0] or UNKNOWN_TYPE
        suffix = mimetypes.guess_extension(media_type) or ".bin"
        stored = self._store("documents", suffix, upload.content, media_type)
        document = telegram.Document(
            file_id=stored.file_id,
            file_unique_id=stored.unique_id,
            file_name=upload.name,
            mime_type=media_type,
            file_size=len(upload.content),
        )
        return self._known(Media(document=document), stored.file_id)

    def _known(self, media: Media, *file_ids: str) -> Media:
        for file_id in file_ids:
            self._media[file_id] = media
        return media

    def _photo_size(self, picture: Image.Image, side: int) -> telegram.PhotoSize:
        small = picture.copy()
        small.thumbnail((side, side))
        written = io.BytesIO()
        small.save(written, "JPEG", quality=JPEG_QUALITY)
        stored = self._store("photos", ".jpg", written.getvalue(), "image/jpeg")
        return telegram.PhotoSize(
            file_id=stored.file_id,
            file_unique_id=stored.unique_id,
            width=small.width,
            height=small.height,
            file_size=len(stored.content),
        )

    def _store(self, folder: str, suffix: str, content: bytes, media_type: str) -> StoredFile:
        stored = StoredFile(
            file_id=f"AgAC{secrets.token_urlsafe(48)}",
            unique_id=f"AQAD{secrets.token_urlsafe(9)}",
            path=f"{folder}/file_{len(self._by_path)}{suffix}",
            content=content,
            media_type=media_type,
        )
        self._by_id[stored.file_id] = stored
        self._by_path[stored.path] = stored
        return stored


def _check_size(upload: Upload) -> None:
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > UPLOAD_BYTES:
        raise ApiError(413, "Request Entity Too Large")


def _opened(content: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(content))
        width, height = picture.size
        if width + height > PHOTO_SIDES or max(width, height) > PHOTO_RATIO * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        return ImageOps.exif_transpose(picture).convert("RGB")
    except Image.DecompressionBombError as huge:
        raise bad_request("PHOTO_INVALID_DIMENSIONS") from huge
    except UNREADABLE as broken:
        raise bad_request("IMAGE_PROCESS_FAILED") from broken


def _sides(picture: Image.Image) -> list[int]:
    """Smaller sizes than the picture, and one that holds all of it."""
    longest = max(picture.size)
    smaller = [side for side in SIDES if side < longest]
    return [*smaller, min(longest, SIDES[-1])] if longest <= SIDES[-1] else smaller
