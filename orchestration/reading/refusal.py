"""Why a file is refused: one code, one sentence in Vietnamese and in English, each saying what to do.

Every reason for which a file can be quarantined is listed in SENTENCES, and in NOT_FINAL if the machine may be the
cause, so that the file is tried again. Not here: deciding when to refuse.
"""

from __future__ import annotations

from typing import Any

from orchestration.sentence import Sentence, ToldError

SENTENCES: dict[str, Sentence] = {
    "empty": Sentence(
        "Tệp rỗng, không có nội dung. Hãy gửi lại tệp báo cáo.",
        "The file is empty. Send the report again.",
    ),
    "truncated": Sentence(
        "Tệp {format} bị hỏng hoặc bị cắt cụt, không mở được. Hãy gửi lại tệp nguyên vẹn.",
        "The {format} file is damaged or cut short and cannot be opened. Send the whole file again.",
    ),
    "password": Sentence(
        "Tệp được bảo vệ bằng mật khẩu nên không đọc được. Hãy gỡ mật khẩu rồi gửi lại.",
        "The file is protected by a password. Remove the password and send it again.",
    ),
    "unknown_format": Sentence(
        "Không nhận ra định dạng của tệp qua nội dung. Hãy gửi tệp Word, Excel, PDF, HTML hoặc văn bản.",
        "The format of the file is not recognised from its content. Send Word, Excel, PDF, HTML or text.",
    ),
    "known_format": Sentence(
        "Đây là {what_vi}, không phải định dạng đọc được. {do_vi}.",
        "This is {what_en}, which is not read. {do_en}.",
    ),
    "parcel": Sentence(
        "Đây là {what}: {found}. Hãy đặt nó vào hộp thư, nơi từng tệp được đọc, hoặc gửi chính báo cáo.",
        "This is {what}: {found}. Put it into the inbox, where each file is read, or send the report itself.",
    ),
    "parcel_without_report": Sentence(
        "Tệp nén hoặc thư này không chứa tệp nào. Hãy gửi lại kèm báo cáo.",
        "The archive or mail holds no file. Send it again with the report.",
    ),
    "parcel_too_deep": Sentence(
        "Tệp nén hoặc thư lồng nhau quá {limit} lớp nên không được mở. Hãy gửi chính tệp báo cáo.",
        "Archives or mails are nested more than {limit} deep and were not opened. Send the report itself.",
    ),
    "too_large": Sentence(
        "Tệp quá lớn ({found}, giới hạn {limit}). Hãy tách hoặc nén ảnh trong báo cáo rồi gửi lại.",
        "The file is too large ({found}, limit {limit}). Split it or compress its pictures and send it again.",
    ),
    "zip_bomb": Sentence(
        "Tệp nén bung ra quá lớn ({found}, giới hạn {limit}) nên không được mở. Hãy gửi lại tệp gốc.",
        "The file would unpack to too much ({found}, limit {limit}) and was not opened. Send the original file.",
    ),
    "too_slow": Sentence(
        "Đọc tệp cần hơn {limit} giây tính toán của bộ xử lý nên đã dừng. Hãy gửi bản Word hoặc Excel.",
        "Reading needed more than {limit} seconds of processor time and was stopped. Send a Word or Excel version.",
    ),
    "stuck": Sentence(
        "Trình đọc đứng yên hơn {limit} giây với tệp này, không tính toán gì, nên đã dừng. Tệp sẽ được đọc lại lần "
        "sau; nếu vẫn vậy, hãy gửi bản Word hoặc Excel.",
        "The reader stood still on this file for more than {limit} seconds without computing and was stopped. It is "
        "tried again next time; if that does not help, send a Word or Excel version.",
    ),
    "no_rights": Sentence(
        "Máy không có quyền đọc mục này. Hãy cấp quyền đọc cho người chạy kho dữ liệu rồi chạy lại.",
        "The machine has no right to read this. Give the user who runs the warehouse the right to read, and run again.",
    ),
    "vanished": Sentence(
        "Tệp đã bị lấy đi trong khi đang đọc. Hãy đặt lại tệp nếu vẫn cần.",
        "The file was taken away while it was read. Put it back if it is still needed.",
    ),
    "not_opened": Sentence(
        "Hệ thống không mở được tệp ({detail}). Hãy kiểm tra ổ đĩa rồi chạy lại.",
        "The system cannot open the file ({detail}). Check the disk and run again.",
    ),
    "broken_link": Sentence(
        "Đây là liên kết không dẫn tới tệp nào, hoặc dẫn ngược về hộp thư. Hãy đặt chính tệp báo cáo vào thư mục kỳ.",
        "This is a link that leads to no file, or back to the inbox. Put the report itself into the period's folder.",
    ),
    "not_a_file": Sentence(
        "Mục này không phải là tệp hay thư mục thường nên không được đọc. Hãy đặt chính tệp báo cáo vào thư mục kỳ.",
        "This is no ordinary file or folder and was not read. Put the report itself into the period's folder.",
    ),
    "too_hungry": Sentence(
        "Đọc tệp cần quá nhiều bộ nhớ nên đã dừng. Hãy gửi bản nhỏ hơn (Word hoặc Excel).",
        "Reading needed too much memory and was stopped. Send a smaller version (Word or Excel).",
    ),
    "crashed": Sentence(
        "Trình đọc {format} dừng đột ngột với tệp này ({detail}). Hãy gửi bản Word hoặc Excel và "
        "báo cho người vận hành.",
        "The {format} reader stopped unexpectedly on this file ({detail}). Send a Word or Excel "
        "version and tell the operator.",
    ),
    "missing_package": Sentence(
        "Máy này chưa cài gói hệ thống cần cho định dạng {format}: {package}. Hãy cài gói đó rồi chạy lại.",
        "This machine lacks a system package for {format}: {package}. Install it and run again.",
    ),
    "no_text": Sentence(
        "Tệp {format} không có chữ nào đọc được. Hãy kiểm tra và gửi lại.",
        "The {format} file has no readable text. Check it and send it again.",
    ),
    "no_annex": Sentence(
        "Không tìm thấy phụ lục thống kê số liệu (bảng có cột «Chỉ tiêu thống kê» và «Số liệu»): {found}. "
        "Hãy gửi lại báo cáo kèm phụ lục theo mẫu.",
        "No statistical annex (a table with columns «Chỉ tiêu thống kê» and «Số liệu») was found: {found}. "
        "Send the report again with its annex.",
    ),
    "sheet_year": Sentence(
        "Bảng điểm không ghi năm. Hãy ghi «NĂM …» ở tiêu đề hoặc một cột year, hoặc đặt tệp vào thư mục của năm.",
        "The score sheet states no year. Put «NĂM …» in its title, a column year, or the file into a year's folder.",
    ),
    "sheet_index": Sentence(
        "Không rõ bảng điểm thuộc chỉ số nào ({known}). Hãy ghi tên chỉ số ở tiêu đề, ở cột index_code hoặc ở tên tệp.",
        "It is not clear which index the sheet is of ({known}). Name it in the title, a column "
        "index_code or the file name.",
    ),
    "edition_mistakes": Sentence(
        "Bộ tiêu chí có {count} lỗi, ví dụ: {first} Chạy `par edition check` để xem hết.",
        "The edition has {count} mistakes, such as: {first} `par edition check` shows all.",
    ),
    "codes_without_table": Sentence(
        "Văn bản có mã chỉ tiêu của phụ lục nhưng không đọc được bảng nào, nên số liệu không đáng tin. "
        "Hãy gửi bản .docx hoặc .xlsx.",
        "The text has annex codes but no table could be read, so its figures cannot be trusted. Send .docx or .xlsx.",
    ),
    "scan_without_lines": Sentence(
        "Bản quét có mã chỉ tiêu của phụ lục nhưng bảng không kẻ đủ khung (đường ngang và đường dọc quanh mỗi ô), nên "
        "không tách được các ô số liệu. Hãy gửi bản .docx hoặc .xlsx, hoặc bản quét của phụ lục có kẻ khung.",
        "The scan has annex codes but its table is not fully ruled (lines across and down around every cell), so its "
        "figures cannot be told apart. Send .docx or .xlsx, or a scan of an annex with ruled cells.",
    ),
    "wrong_form": Sentence(
        "Phụ lục không theo biểu mẫu nào đã biết: chỉ {found} trên {expected} dòng khớp{place}. "
        "Hãy dùng đúng mẫu hoặc bổ sung mẫu mới.",
        "The annex follows no known form: only {found} of {expected} rows match{place}. Use the "
        "right form or add the new one.",
    ),
    "figures_elsewhere": Sentence(
        "Số liệu của phụ lục không nằm dưới cột «Số liệu»: {found} dòng có số ở cột khác mà ô «Số liệu» trống{place}. "
        "Hãy sửa dòng tiêu đề của bảng (ô gộp bị lệch) rồi gửi lại.",
        "The figures of the annex do not stand under «Số liệu»: {found} rows have a number in another column and none "
        "there{place}. Mend the titles of the table (merged cells are out of place) and send it again.",
    ),
    "unknown_letters": Sentence(
        "Chữ trong tệp được gõ theo phông hoặc bảng mã cũ không nhận ra được (không phải Unicode, TCVN3 hay VNI), "
        "chẳng hạn «{found}». Hãy chuyển mã tệp sang Unicode rồi gửi lại.",
        "The letters of the file are stored for an old font or code page that is not known (not Unicode, TCVN3 or "
        "VNI), such as «{found}». Convert the file to Unicode and send it again.",
    ),
    "annex_cut_short": Sentence(
        "Phụ lục bị thiếu: chỉ có {found} trên {expected} dòng, dừng ở mã {last}. Hãy gửi lại bản đầy đủ.",
        "The annex is cut short: {found} of {expected} rows, ending at code {last}. Send the whole annex.",
    ),
    "two_annexes": Sentence(
        "Tệp có nhiều hơn một phụ lục và các số liệu mâu thuẫn nhau (mã {codes}). Hãy gửi mỗi báo cáo một tệp.",
        "The file holds more than one annex and their figures contradict (codes {codes}). Send one report a file.",
    ),
    "several_reports": Sentence(
        "Tệp chứa báo cáo của nhiều nơi hoặc nhiều kỳ ({found}). Hãy gửi mỗi báo cáo một tệp.",
        "The file holds reports of several provinces or periods ({found}). Send one report a file.",
    ),
    "decision_unknown": Sentence(
        "Dòng {row}: không có quyết định nào gọi là «{found}». Với tệp, hãy ghi rút, bỏ qua hoặc khôi phục; với "
        "số liệu: chấp nhận, sửa hoặc loại.",
        "Row {row}: there is no decision called «{found}». Write withdraw, dismiss or restore for a file; accept, "
        "correct or reject for a figure.",
    ),
    "decision_incomplete": Sentence(
        "Dòng {row}: quyết định thiếu {missing}. Hãy ghi tệp nào (mã SHA-256) và vì sao rồi gửi lại.",
        "Row {row}: the decision lacks {missing}. State which file (its SHA-256) and why, and send it again.",
    ),
    "unknown_province": Sentence(
        "Không xác định được tỉnh, thành phố gửi báo cáo{found}. Hãy ghi rõ tên tỉnh trong báo cáo "
        "hoặc bổ sung tên gọi vào danh mục.",
        "The province that sent the report is not known{found}. Name it in the report or add the spelling to the list.",
    ),
    "unknown_period": Sentence(
        "Không xác định được kỳ báo cáo trong văn bản. Hãy ghi rõ kỳ (Quý I, 6 tháng, Quý III, Năm) và năm.",
        "The reporting period is not stated in the text. State the period (Q1, six months, Q3, year) and the year.",
    ),
    "province_contradiction": Sentence(
        "Nội dung là báo cáo của {found} nhưng tên tệp hoặc thư mục ghi {claimed}. Hãy kiểm tra và "
        "gửi lại với tên đúng.",
        "The text is a report of {found} but the file or folder name says {claimed}. Check it and "
        "send it again under the right name.",
    ),
    "period_contradiction": Sentence(
        "Nội dung là báo cáo kỳ {found} nhưng tên tệp hoặc thư mục ghi kỳ {claimed}. Hãy chuyển tệp sang đúng thư mục.",
        "The text is a report for {found} but the file or folder name says {claimed}. Move it to the right folder.",
    ),
}


NOT_FINAL = frozenset(
    (
        "broken_link",
        "crashed",
        "missing_package",
        "no_rights",
        "not_a_file",
        "not_opened",
        "stuck",
        "too_hungry",
        "too_slow",
        "vanished",
    )
)
"""Reasons that the machine may have caused; every other one is the file's own fault and stays."""


class Refused(ToldError):  # noqa: N818 - an answer about a file, not a fault of the program
    """A file that cannot be read, with a reason a person can act on.

    code: a key of SENTENCES; facts fill the placeholders of its sentences.
    """

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = {"place": "", "found": "", **facts}
        said = SENTENCES[code].format(**self.facts)
        super().__init__(said.vi, said.en)

    @property
    def is_final(self) -> bool:
        """Whether the file itself is at fault, so that reading it again gives the same answer."""
        return self.code not in NOT_FINAL

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the trip from a child process."""
        return (_rebuild, (self.code, self.facts))


def _rebuild(code: str, facts: dict[str, object]) -> Refused:
    return Refused(code, **facts)
