//! The provider's error codes: HTTP status, title, and details where a fault gives none.

/// What is known of a code.
pub(crate) struct Known {
    pub http: u16,
    pub title: &'static str,
    pub details: &'static str,
}

/// Looks a code up; an unknown one is an unspecified error with HTTP 400.
pub(crate) fn find(code: i64) -> Known {
    let (http, title, details) = match code {
        0 => (401, "AuthException", "We were unable to authenticate the app user."),
        1 => (400, "API Unknown", "Possibly a temporary issue or an invalid request."),
        2 => (503, "API Service", "Temporary issue due to downtime or due to being overloaded."),
        3 => (500, "API Method", "Capability or permissions issue."),
        4 => (400, "API Too Many Calls", "The app has reached its API call rate limit."),
        10 => (403, "API Permission Denied", "Permission is either not granted or has been removed."),
        33 => (400, "Parameter value is not valid", "The business phone number has been deleted."),
        100 => (400, "Invalid parameter", "The request included one or more unsupported or misspelled parameters."),
        190 => (401, "Invalid OAuth access token", "The access token has expired or is not valid."),
        368 => (403, "Temporarily blocked for policies violations", "The account was restricted for violating a policy."),
        80007 => (400, "Rate limit issues", "The business account has reached its rate limit."),
        130_429 => (400, "Rate limit hit", "Message throughput has been reached."),
        130_472 => (400, "User's number is part of an experiment", "Message was not sent as part of an experiment."),
        130_497 => (403, "Business account is restricted from messaging users in this country.", "Country restriction."),
        131_000 => (500, "Something went wrong", "Message failed to send due to an unknown error."),
        131_005 => (403, "Access denied", "Permission is either not granted or has been removed."),
        131_008 => (400, "Required parameter is missing", "The request is missing a required parameter."),
        131_009 => (400, "Parameter value is not valid", "One or more parameter values are invalid."),
        131_016 => (500, "Service unavailable", "A service is temporarily unavailable."),
        131_021 => (400, "Recipient cannot be sender", "Sender and recipient phone number is the same."),
        131_026 => (400, "Message undeliverable", "Unable to deliver message."),
        131_030 => (400, "Recipient phone number not in allowed list", "Add the recipient to the list of the test number."),
        131_031 => (403, "Account has been locked", "The account was locked for violating a policy."),
        131_037 => (400, "Display name approval is needed", "The number needs an approved display name before it may send."),
        131_042 => (400, "Business eligibility payment issue", "There was an error related to your payment method."),
        131_045 => (500, "Incorrect certificate", "The phone number is not registered."),
        131_047 => (
            400,
            "Re-engagement message",
            "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
        ),
        131_048 => (400, "Spam rate limit hit", "There are restrictions on how many messages can be sent from this number."),
        131_049 => (400, "Message not delivered", "This message was not delivered to maintain healthy ecosystem engagement."),
        131_050 => {
            (400, "User has stopped marketing messages", "The recipient chose to stop marketing messages from this business.")
        }
        131_051 => (400, "Unsupported message type", "Message type is not supported."),
        131_052 => (400, "Media download error", "Unable to download the media sent by the user."),
        131_053 => (400, "Media upload error", "Unable to fetch or use the media of the message."),
        131_056 => (400, "Pair rate limit hit", "Too many messages sent from this number to the same user in a short time."),
        131_057 => (500, "Account in maintenance mode", "The business account is in maintenance mode."),
        131_062 => (400, "Recipient not supported", "This message cannot be sent to a business-scoped user id."),
        132_000 => (400, "Number of parameters does not match the expected number of params", "Parameter count mismatch."),
        132_001 => (
            404,
            "Template name does not exist in the translation",
            "The template does not exist in the language or is not approved.",
        ),
        132_015 => (400, "Template is paused", "The template is paused for low quality."),
        132_016 => (400, "Template is disabled", "The template was paused too often and is now disabled."),
        133_004 => (503, "Server temporarily unavailable", "Server is temporarily unavailable."),
        133_010 => (400, "Phone number not registered", "The phone number is not registered on the platform."),
        _ => (400, "Unspecified error", "An error occurred."),
    };
    Known { http, title, details }
}
