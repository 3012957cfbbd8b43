"""Messages to the shops' own programs, after the Standard Webhooks specification."""
