"""README.txt of a release: what is in the folder and how to read it, in Vietnamese, for whoever opens it first.

Not here: what any of the files holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

from orchestration.publishing import checksums, package
from orchestration.publishing.package import Resource
from orchestration.publishing.product import PROVINCES, Product
from orchestration.publishing.table import Method
from orchestration.publishing.words import number_vi

FILE = "README.txt"
INDEX = "release.json"
OF_PROVINCES = f"Mỗi tỉnh, thành phố một thư mục; từng tệp ở {INDEX}."


def readme(resources: Sequence[Resource], products: Sequence[Product], method: Method, mark: str | None) -> str:
    """The text, with the line ends of Windows."""
    of_provinces = [product for product in products if product.path.startswith(f"{PROVINCES}/")]
    lines = [
        *([mark, ""] if mark else []),
        method.title.upper(),
        "",
        "Thư mục này là một bản công bố của kho dữ liệu cải cách hành chính (CCHC). Bản công bố đã ghi thì không sửa;",
        "khi có số liệu mới hoặc đính chính, một bản khác được ghi vào thư mục khác.",
        "",
        "TRONG THƯ MỤC CÓ GÌ",
        *(f"  {product.path:<40} {product.title.vi}" for product in products if product not in of_provinces),
        *([f"  {PROVINCES + '/':<40} {OF_PROVINCES}"] if of_provinces else []),
        f"  {package.SPREADSHEETS + '/':<40} Bảng CSV để mở bằng Excel hoặc LibreOffice (bấm đúp).",
        f"  {package.CSV + '/':<40} Mọi bảng dạng CSV cho chương trình; không mở bằng cách bấm đúp.",
        f"  {package.PARQUET + '/':<40} Cùng các bảng dạng Parquet, giữ nguyên kiểu số và chữ như đã in.",
        f"  {package.DESCRIPTOR:<40} Mô tả thư mục {package.CSV}/ cho máy đọc: cột, kiểu, đơn vị, khóa, ràng buộc.",
        f"  {INDEX:<40} Danh mục các tệp của bản công bố cho máy đọc.",
        f"  {checksums.FILE:<40} Mã kiểm tra của mọi tệp: `par verify`, hoặc `sha256sum -c {checksums.FILE}`.",
        "",
        "CÁC BẢNG",
    ]
    for resource in resources:
        lines.append(f"  {resource.table.name} ({number_vi(resource.row_count, 0)} dòng)")
        lines.extend([f"    {resource.table.description_vi}"] if resource.table.description_vi else [])
    lines += [
        "",
        "CÁCH ĐỌC",
        "  - Ô trống là không có số liệu; không phải số 0.",
        f"  - Mở bằng bảng tính: dùng tệp .xlsx, hoặc thư mục {package.SPREADSHEETS}/. Ở đó các cột cách nhau bằng dấu",
        "    chấm phẩy, số dùng dấu phẩy thập phân, ngày viết 2024-12-31. Mã và chữ mà bảng tính có thể đổi thành số",
        "    hoặc ngày có dấu ' ở trước ('01.1): bỏ dấu đó khi so với bảng khác.",
        f"  - Thư mục {package.CSV}/ dành cho chương trình: cột cách bằng dấu phẩy, dấu chấm thập phân (RFC 4180).",
        "    Máy đặt tiếng Việt không hiểu các số ấy; hãy dùng Data > From Text/CSV, hoặc thư mục kia.",
        "  - Trong cả hai, không số nào có đúng ba chữ số thập phân (87,089 được viết 87,0890): bảng tính không thể",
        "    hiểu nhầm thành 87 089.",
        "  - Trong tệp CSV, chữ bắt đầu bằng = + - @ được thêm dấu ' ở trước để bảng tính không chạy như công thức.",
        "    Tệp Parquet giữ nguyên chữ như đã in.",
        "  - Số liệu chỉ tiêu là số do tỉnh báo cáo. Kết quả chính thức chỉ nằm trong bảng mart_official_result và",
        "    luôn kèm nguồn; số do kho dữ liệu tính toán không phải là kết quả chính thức.",
        "  - Mỗi số liệu có report_key, page, table_number, row_number: báo cáo, trang, bảng và dòng nơi nó được in.",
    ]
    if method.text_vi:
        lines += ["", "PHƯƠNG PHÁP", *(f"  {line}" for line in wrap(method.text_vi, 110))]
    return "\r\n".join(line.rstrip() for line in lines) + "\r\n"


def write_readme(text: str, path: Path) -> None:
    """The README with a byte order mark, so that Windows Notepad shows it right."""
    path.write_text(text, encoding="utf-8-sig", newline="")
