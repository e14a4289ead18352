"""Words for what marts say in codes, in Vietnamese and English."""

from __future__ import annotations

from orchestration.sentence import Sentence

BASES = {
    "published": Sentence("Công bố", "Published"),
    "verified": Sentence("Thẩm định", "Verified"),
    "self": Sentence("Tự đánh giá", "Self-assessed"),
    "survey": Sentence("Khảo sát", "Survey"),
    "computed": Sentence("Tính từ báo cáo", "Computed from the report"),
}

# Bases whose points are computed here: their explanation says more than the points.
ARITHMETIC = ("survey", "computed")
POINT_STATUS = {
    "given": Sentence("có điểm", "given"),
    "not_given": Sentence("không được cho điểm", "not given"),
    "does_not_apply": Sentence("không đánh giá", "does not apply"),
    "source_not_in": Sentence("chưa tỉnh nào có", "not in for anybody yet"),
    "blank": Sentence("để trống", "blank"),
    "refused": Sentence("không thể đúng, không dùng", "cannot be right, not used"),
}
SCORED_BY = {
    "verified": Sentence("thẩm định", "verification"),
    "leadership": Sentence("khảo sát lãnh đạo, quản lý", "survey of leaders"),
    "sipas": Sentence("chỉ số hài lòng SIPAS", "satisfaction index SIPAS"),
    "socioeconomic": Sentence("số liệu kinh tế - xã hội", "socio-economic figures"),
    "published": Sentence("điểm công bố", "published points"),
}
REPORT_STATUS = {
    "on_time": ("Đ", Sentence("đúng hạn", "on time")),
    "late": ("M", Sentence("muộn", "late")),
    "missing": ("C", Sentence("chưa gửi", "missing")),
    "quarantined": ("L", Sentence("bị cách ly", "in quarantine")),
    "undocumented": ("K", Sentence("đã gửi, hạn không có văn bản", "sent, deadline not documented")),
    "not_due": ("·", Sentence("chưa đến hạn", "not due yet")),
}
CHANGED = {
    "report": Sentence("Báo cáo", "Report"),
    "figure": Sentence("Số liệu", "Figure"),
    "index": Sentence("Chỉ số, hạng", "Index, rank"),
    "published": Sentence("Kết quả công bố", "Published result"),
}
CHANGES = {
    "added": Sentence("Mới", "New"),
    "removed": Sentence("Không còn", "Gone"),
    "rose": Sentence("Tăng", "Rose"),
    "fell": Sentence("Giảm", "Fell"),
    "differs": Sentence("Khác", "Differs"),
}
SEVERITIES = {
    "error": Sentence("Lỗi", "Error"),
    "warning": Sentence("Cần xem lại", "To be checked"),
    "info": Sentence("Ghi nhận", "Noted"),
}
SCOPES = {
    "nation": Sentence("Cả nước", "Nation"),
    "thành phố trực thuộc trung ương": Sentence("Thành phố trực thuộc trung ương", "Centrally run cities"),
    "tỉnh": Sentence("Tỉnh", "Provinces"),
}
STEPS = {
    "self": Sentence("tự chấm", "claim"),
    "verified": Sentence("thẩm định", "verdict"),
    "explanation": Sentence("giải trình", "explanation"),
}
RESULT_STATUS = {
    "verified": Sentence("đã đối chiếu nguồn", "checked with its source"),
    "derived": Sentence("suy ra", "derived"),
    "recalled": Sentence("chưa đối chiếu được nguồn", "not checked with its source"),
    "doubtful": Sentence("nghi ngờ", "doubtful"),
}
