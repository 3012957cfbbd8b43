"""Every refusal of the domain, each with the public code that a client may rely on."""

from typing import ClassVar


class Refusal(Exception):
    """A request that is not carried out. `code` is stable and public; `facts` are safe to show to the client."""

    code: ClassVar[str]

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code)
        self.facts = facts


class Missing(Refusal):
    """What was asked for does not exist, or not for this caller."""


class Invalid(Refusal):
    """The request itself is wrong; sending it again cannot help."""


class Conflict(Refusal):
    """The request is fine, but not in the present state."""


class Declined(Refusal):
    """OCTO or the bank said no, and nothing was charged."""


class Unavailable(Refusal):
    """Not now. Nothing was charged, and the same request may be repeated."""


class Limited(Refusal):
    """Too many of these. `retry_after_seconds` says when it may be tried again."""


class Forbidden(Refusal):
    """Whoever asks has not shown that they may."""


class OrderNotFound(Missing):
    code = "order_not_found"


class PaymentNotStarted(Missing):
    code = "payment_not_started"


class TransactionNotFound(Missing):
    code = "transaction_not_found"


class RefundNotFound(Missing):
    code = "refund_not_found"


class InvalidAmount(Invalid):
    code = "invalid_amount"


class CaptureAboveHold(Invalid):
    """`held_minor` is what is held, and the most that can be taken."""

    code = "capture_above_hold"


class ItemsDoNotAddUp(Invalid):
    code = "items_do_not_add_up"


class CurrencyNotSupported(Invalid):
    code = "currency_not_supported"


class InvalidFiscalData(Invalid):
    """`field` names the part of an item's fiscal data that is wrong."""

    code = "invalid_fiscal_data"


class FiscalItemsMixed(Invalid):
    """A receipt names every item or none: `items` are the numbers of those without fiscal data."""

    code = "fiscal_items_mixed"


class FiscalCustomerRequired(Invalid):
    """A receipt is sent to somebody."""

    code = "fiscal_customer_required"


class InvalidCard(Invalid):
    """`field` names the part of the card that is wrong."""

    code = "invalid_card"


class CardExpired(Invalid):
    code = "card_expired"


class CvcRequired(Invalid):
    code = "cvc_required"


class InvalidOtp(Invalid):
    code = "invalid_otp"


class ReferenceTaken(Conflict):
    code = "reference_taken"


class OrderNotPayable(Conflict):
    """Paid, authorized, refunded or cancelled: `status` says which."""

    code = "order_not_payable"


class OrderNotCancellable(Conflict):
    """Its money was taken, or is held: `status` says which. A refund or a release gives it back."""

    code = "order_not_cancellable"


class TransactionSuperseded(Conflict):
    """An earlier attempt of this order; a newer one has taken its place."""

    code = "transaction_superseded"


class PaymentInProgress(Conflict):
    """A card or a code is on its way and its outcome is not known yet."""

    code = "payment_in_progress"


class PaymentFinal(Conflict):
    code = "payment_final"


class PaymentNotReady(Conflict):
    """OCTO has not confirmed the payment yet: initiate it again."""

    code = "payment_not_ready"


class PaidOnGatewayPage(Conflict):
    """This order is paid on OCTO's own page, so no card is taken here."""

    code = "paid_on_gateway_page"


class OtpNotExpected(Conflict):
    code = "otp_not_expected"


class OtpNotUsed(Conflict):
    """The payer confirms on the bank's page (`verification_url`), not with a code here."""

    code = "otp_not_used"


class CodeInProgress(Conflict):
    """A code for this saved card is on its way, and its outcome is not known yet."""

    code = "code_in_progress"


class OtpNotSent(Conflict):
    """OCTO has not sent a code, so none can be checked."""

    code = "otp_not_sent"


class OtpExpired(Conflict):
    """The code's time is over, so that it was not sent to OCTO, or OCTO refused it. It costs none of the `tries_left`."""

    code = "otp_expired"


class WithdrawalRequested(Conflict):
    """The shop has withdrawn this payment; it takes no more cards or codes."""

    code = "withdrawal_requested"


class NotHeld(Conflict):
    code = "not_held"


class MoneyHeld(Conflict):
    """The payment cannot be withdrawn any more: the hold is taken or released."""

    code = "money_held"


class TooManyAttempts(Conflict):
    """This order was begun to be paid so often that only a new order can be."""

    code = "too_many_attempts"


class ResendLimitReached(Conflict):
    """No more codes are sent for this payment; another card may be tried, or another attempt."""

    code = "resend_limit_reached"


class NotRefundable(Conflict):
    """Nothing was taken, so that nothing can be given back."""

    code = "not_refundable"


class InvalidRefund(Conflict):
    """More than `left_minor`, which is all that can still be given back, or nothing."""

    code = "invalid_refund"


class RefundBelowMinimum(Conflict):
    """OCTO gives back no less than `minimum_minor` at a time. Where less is left, it cannot go back any more."""

    code = "refund_below_minimum"


class RefundAmbiguous(Conflict):
    """The order was charged more than once: `charges` names them, and the request has to say which one is meant."""

    code = "refund_ambiguous"


class RefundInProgress(Conflict):
    """Refunds of one payment are carried out one after the other."""

    code = "refund_in_progress"


class GatewayMismatch(Conflict):
    """OCTO's record of this payment differs from ours (amount or id). It is flagged for a person; nothing is sent."""

    code = "gateway_mismatch"


class NoRefundUnderWay(Conflict):
    """Of this payment no refund is on its way."""

    code = "no_refund_under_way"


class NothingToReview(Conflict):
    """Nothing is flagged, or a person has looked at all of it already."""

    code = "nothing_to_review"


class CardDeclined(Declined):
    code = "card_declined"


class HoldDecisionRefused(Declined):
    """OCTO refused to take or give back the hold, which stands as before."""

    code = "hold_decision_refused"


class RefundRefused(Declined):
    """OCTO did not carry out any of the refund, and nothing was given back."""

    code = "refund_refused"


class OtpRejected(Declined):
    """With `status` verification_required the payer may try again, `tries_left` times; otherwise that was the last try."""

    code = "otp_rejected"


class GatewayRefused(Declined):
    """OCTO refused to register the payment (a setting or the contract with OCTO, not the payer)."""

    code = "gateway_refused"


class FiscalItemNotRegistered(Declined):
    """OCTO does not know an item's fiscal data: the bank has to register it for the shop first. `octo_message` says which."""

    code = "fiscal_item_not_registered"


class GatewayUnavailable(Unavailable):
    code = "gateway_unavailable"


class Busy(Unavailable):
    """Too many others change the same order at this moment."""

    code = "busy"


class MalformedCallback(Invalid):
    """Not a callback of OCTO's form: `reason` says what is wrong."""

    code = "malformed_callback"


class ForgedCallback(Forbidden):
    code = "forged_callback"


class SavedCardNotFound(Missing):
    """It does not exist, not for this caller, or not for this order's customer."""

    code = "saved_card_not_found"


class SavedCardNotUsable(Conflict):
    """It is not proved yet, was revoked, or cannot be read any more: `status` says which."""

    code = "saved_card_not_usable"


class CardNotSaved(Declined):
    """OCTO did not take the card for keeping."""

    code = "card_not_saved"


class WebhookEndpointNotFound(Missing):
    code = "webhook_endpoint_not_found"


class WebhookDeliveryNotFound(Missing):
    code = "webhook_delivery_not_found"


class WebhookUrlRefused(Invalid):
    """Nothing is sent there: `reason` says why."""

    code = "webhook_url_refused"


class TooManyWebhookEndpoints(Conflict):
    code = "too_many_webhook_endpoints"


class WebhookEndpointOff(Conflict):
    """`reason` says who or what has switched it off."""

    code = "webhook_endpoint_off"


class ResendTooSoon(Limited):
    code = "resend_too_soon"


class TooManyCards(Limited):
    """`limit` says of what: of a payment, of an order, or of a card on several orders."""

    code = "too_many_cards"


class TooManyCodes(Limited):
    code = "too_many_codes"


class CardsPaused(Limited):
    """Nearly all cards of this client were refused lately, so that none is taken for a while."""

    code = "cards_paused"
