"""What payers and shops read beside a result, about a payment's end, and about a field of a request."""

from collections.abc import Mapping
from typing import Final

from entrypoints.http.language import Text
from entrypoints.http.problem_texts import PROBLEMS

# The answer to an accepted code, word for word as the API promises it.
OTP_VERIFIED: Final = "OTP verified. Payment is being processed."
CARD_NOT_READY: Final = "The card cannot pay yet. Follow its status."
OUTCOME_UNKNOWN: Final = "The outcome is not known yet. Follow the payment's status and do not pay again."
PAYMENT_SUCCEEDED: Final = "The payment has succeeded."
HOLD_RELEASED: Final = "The money that was held has been given back."

# ---- why a payment has ended (`error_code` of a payment), where the words of the problem of that code do not fit or there is none

PAYMENT_ENDINGS: Final[Mapping[str, Text]] = {
    "expired": Text(
        "Toʻlov vaqti tugadi. Pul yechilmadi. Toʻlovni yangidan boshlang.",
        "Время оплаты истекло. Деньги не списаны. Начните оплату заново.",
        "The time for this payment is over. No money was taken. Start it anew.",
    ),
    "otp_rejected": Text(
        "SMS-kod bir necha marta notoʻgʻri kiritildi. Pul yechilmadi. Toʻlovni yangidan boshlang.",
        "Код из SMS введён неверно слишком много раз. Деньги не списаны. Начните оплату заново.",
        "The code was wrong too many times. No money was taken. Start the payment anew.",
    ),
    "withdrawn": Text(
        "Toʻlov bekor qilindi. Pul yechilmadi.",
        "Платёж отменён. Деньги не списаны.",
        "The payment was cancelled. No money was taken.",
    ),
    "hold_released": Text(
        "Band qilingan mablagʻ kartaga qaytarildi. Pul yechilmadi.",
        "Удержанные средства возвращены на карту. Деньги не списаны.",
        "The money that was held has gone back to the card. Nothing was taken.",
    ),
    "unresolved": Text(
        "Toʻlov natijasi aniqlanmadi va tekshirilmoqda. Qayta toʻlashdan oldin doʻkonga murojaat qiling.",
        "Результат платежа не установлен и проверяется. Прежде чем платить снова, обратитесь в магазин.",
        "The outcome of this payment could not be settled and is being looked into. Contact the shop before you pay again.",
    ),
}
PAYMENT_FAILED: Final = Text(
    "Toʻlov amalga oshmadi. Qaytadan urinib koʻring yoki doʻkonga murojaat qiling.",
    "Платёж не прошёл. Попробуйте ещё раз или обратитесь в магазин.",
    "The payment has failed. Try again, or contact the shop.",
)

# ---- what payers are told beside a result

OTP_VERIFIED_FOR_PAYER: Final = Text(
    "Kod qabul qilindi. Toʻlov bajarilmoqda, natijasini kuting.",
    "Код принят. Платёж выполняется, дождитесь результата.",
    "The code was accepted. The payment is being processed, wait for its outcome.",
)
CARD_NOT_READY_FOR_PAYER: Final = Text(
    "Karta saqlanmoqda. Biroz kuting.",
    "Карта сохраняется. Подождите немного.",
    "The card is being saved. Wait a moment.",
)
OUTCOME_UNKNOWN_FOR_PAYER: Final = Text(
    "Toʻlov natijasi hali maʼlum emas. Kuting va qayta toʻlamang.",
    "Результат платежа ещё не известен. Подождите и не платите повторно.",
    "The outcome of the payment is not known yet. Wait, and do not pay again.",
)
PAYMENT_SUCCEEDED_FOR_PAYER: Final = Text(
    "Toʻlov muvaffaqiyatli amalga oshdi.",
    "Платёж прошёл успешно.",
    "The payment has succeeded.",
)

# ---- the fields of a request (`errors` of a problem)

FIELDS: Final[Mapping[str, Text]] = {
    "required": Text("Bu maydon toʻldirilishi shart.", "Это поле обязательно.", "This field is required."),
    "unknown_field": Text("Bunday maydon yoʻq.", "Такого поля нет.", "There is no such field."),
    "wrong_type": Text("Qiymat turi notoʻgʻri.", "Неверный тип значения.", "The value is of the wrong type."),
    "wrong_length": Text("Qiymat uzunligi notoʻgʻri.", "Неверная длина значения.", "The value has the wrong length."),
    "wrong_format": Text("Qiymat shakli notoʻgʻri.", "Неверный формат значения.", "The value has the wrong form."),
    "wrong_format.amount": Text("Summani raqam bilan yozing, masalan 185000.00.", "Введите сумму цифрами, например 185000.00.",
                                "Write the amount in digits, such as 185000.00."),
    "wrong_format.phone": Text("Telefon raqami 998 va yana 9 ta raqam, masalan 998901112233.",
                               "Телефон — это 998 и ещё 9 цифр, например 998901112233.",
                               "A phone number is 998 and nine digits, such as 998901112233."),
    "wrong_format.email": Text("Elektron pochta manzilini yozing, masalan ali@example.uz.",
                               "Введите адрес электронной почты, например ali@example.uz.",
                               "Write an email address, such as ali@example.uz."),
    "wrong_format.line": Text("Bir qator matn yozing, boshqaruv belgilarisiz.", "Введите одну строку без управляющих символов.",
                              "Write one line of text, without control characters."),
    "wrong_format.day": Text("Sanani yozing, masalan 2026-01-05.", "Укажите дату, например 2026-01-05.",
                             "Write a date, such as 2026-01-05."),
    "wrong_format.digits": Text("Faqat raqamlar yozing.", "Введите только цифры.", "Write digits only."),
    "wrong_format.id": Text("Bu xizmat bergan identifikatorni yozing.", "Укажите идентификатор, который выдал этот сервис.",
                            "Give an id as this service gave it."),
    "out_of_range": Text("Qiymat ruxsat etilgan chegaradan tashqarida.", "Значение вне допустимых пределов.",
                         "The value is out of range."),
    "not_allowed": Text("Bu qiymat qabul qilinmaydi.", "Это значение не принимается.", "This value is not accepted."),
    "too_many_decimals": Text("Kasr qismi koʻpi bilan ikki xonali boʻladi.", "Не более двух знаков после запятой.",
                              "At most two decimals."),
    "holds_card": Text("Bu yerga karta raqamini yozmang.", "Не указывайте здесь номер карты.",
                       "A card number does not belong here."),
    "invalid_card_number": Text("Karta raqamini tekshiring.", "Проверьте номер карты.", "Check the card number."),
    "invalid_expire": Text("Muddatni kartadagidek kiriting: oy va yil (MMYY).",
                           "Введите срок, как на карте: месяц и год (ММГГ).",
                           "Enter the expiry as on the card: month and year (MMYY)."),
    "invalid_cardholder_name": Text("Karta egasining ismini kartadagidek kiriting.",
                                    "Введите имя владельца, как на карте.",
                                    "Enter the cardholder's name as on the card."),
    "invalid_cvc": Text("CVC kodi 3 yoki 4 raqamdan iborat.", "Код CVC состоит из 3 или 4 цифр.",
                        "The CVC has 3 or 4 digits."),
}  # fmt: skip


def payment_error(error_code: str, *, ended: bool) -> Text:
    """What went wrong with a payment, for its payer; a general sentence for a code without words of its own."""
    ending = PAYMENT_ENDINGS.get(error_code) if ended else None
    return ending or PROBLEMS.get(error_code) or PAYMENT_FAILED
