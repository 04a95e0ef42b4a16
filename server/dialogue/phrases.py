"""Every fixed sentence that the assistant says, in one reviewed place."""

from __future__ import annotations

from collections.abc import Mapping

_ENGLISH = {
    "verbatim": "{text}",  # words of the playbook
    # Answering
    "unknown": "That isn't in our documentation.",
    "other_language": "Our documentation is in English, and I can only search it in English so far.",
    "nearest": "These pages are the closest:",
    "unanswered": "One part of your question isn't in our documentation: “{question}”",
    "superseded": "This is from “{title}”{of_date}, which “{successor}” has replaced.",
    "conflict": "Our pages don't agree. The answer above is from “{newer}”{of_newer}. “{older}”{of_older} says:",
    "of_date": " of {date}",
    "offer_person": "Shall I pass the question to a person?",
    "frustrated": "I can see this isn't working for you. I can bring in a person now.",
    "frustrated_again": "That's the second time this went wrong for you. I can bring in a person now.",
    "frustrated_often": "This has gone wrong for you more than once. I can bring in a person now.",
    # When it is not clear what is meant; {first} and {second} are labels of the catalogue, as "to ask about prices"
    "which_one": "Do you want to {first}, or to {second}?",
    "something_else": "Something else",
    "reword": "Then tell me in a few other words what you need.",
    # Qualifying
    "noted": "Thanks, noted.",
    "noted_unsure": "Thanks. I understood that as {value}; tell me if it's wrong.",
    "no_problem": "No problem.",
    "why_nothing": "I haven't asked you anything in this conversation.",
    "why_email": "To send you the confirmation and nothing else. You can leave it out and go on chatting.",
    "why_choice": "So that I can do the next step the way you want it. You can ignore it and go on chatting.",
    "stop": "No problem. I won't ask any more questions.",
    # Meetings
    "slots": "These times are free. Which one suits you?",
    "slots_else": "Nothing is free in the time you named. These are the nearest times:",
    "slots_taken": "That time has just been taken. These are still free:",
    "slots_none": "No times are free in the next weeks. I can pass your wish to a person instead.",
    "slots_past": "That time is over. These are the next free ones:",
    "no_such_day": "{said} doesn't exist. Which day did you mean?",
    "weekday_differs": "{date} is a {weekday}, not a {said}. Which day do you mean?",
    "other_zone": "{there} in {place} is {here} for you.",
    "booking_form": "Where should the invitation go?",
    "no_meeting": "No meeting is booked in this conversation. The link in your invitation moves or cancels it.",
    "meetings_enough": "You have {count} meetings booked already. The links in your invitations move or cancel them.",
    "cancel_sure": "Cancel the meeting on {when}?",
    "meeting_kept": "Fine, the meeting stands.",
    # Trials
    "trial_form": "Where should the confirmation link go?",
    # Carts
    "cart_plan": "Which plan should I put in the cart?",
    "cart_seats": "How many seats of {plan}?",
    "cart_seats_sure": "{seats} seats of {plan}, or another number?",
    "cart_talk": "{plan} has no list price; a person works it out with you. Shall I bring one in?",
    # People
    "handoff_form": "Where can we reach you? Then the answer comes by e-mail if you have left by then.",
    "contact_noted": "Thanks. The answer will reach you there.",
    "still_waiting": "Your question is with our team. I'll keep helping until somebody joins.",
    # Privacy
    "data_request": "I've passed your request about your data to the people in charge of it.",
    "ask_privacy": "I can't do that from here. The privacy page names whom to write to.",
    "unsubscribe": "I've noted that you don't want to be contacted. It takes effect at once.",
    # Small talk
    "greeting": "Hello. What would you like to know?",
    "thanks": "You're welcome.",
    "small_talk": "I'm an assistant that answers from this company's documentation. What would you like to know?",
    "abuse": "I'd like to help. Tell me what went wrong, or I can bring in a person.",
    "yes_what": "Tell me a little more: what would you like to know?",
    "stale": "That choice isn't open any more. Tell me what you would like to do.",
    "bye": "Fine. Ask whenever you need something.",
    # Personal details
    "bad_email": "That doesn't look like an e-mail address. Please check it.",
    "form_skipped": "No problem. Tell me when you want to go on with it.",
}


def phrase(name: str, values: Mapping[str, str] | None = None) -> str:
    """The sentence of that name with its values filled in."""
    return _ENGLISH[name].format(**(values or {}))
