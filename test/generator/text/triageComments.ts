/** What helpers of shops and societies wrote about `support/triage`. Written by hand; a line is used once or twice at most. */
import { lines } from './lines.js';

/** It writes a letter where the desk needs the label. */
export const chatty = lines(`
just give me the team. one word.
I need the label, not a letter to the customer
it never says the team on its own, always wrapped in three sentences of niceness
too chatty!!! I route 80 of these a day
Our desk moves the ticket by the answer. It can't move it to "Thank you so much for writing in".
again an essay where I wanted "billing"
the team name is somewhere in line four, if at all
could it please stop greeting ME. I am not the customer
why does it explain itself. just the team please
Long explanation, no label. Had to sort it by hand, like in 2019.
"let me walk you through my thinking" - please don't
nobody reads this. one word would do
it talks to the customer instead of telling us which team
ok but WHICH team
I copy the answer into the team field and it is rejected every time, because it is a paragraph
asked for a team got a hug
lovely manners. still no label.
the macro expects one of four words and gets a novel
Explains its reasoning in detail, which is exactly what I have no time for
chat chat chat. Team?
please only the team name, nothing else
right team I think, but buried in the text. I should not have to hunt for it.
It started to answer the customer's question itself. It is meant to route.
Too many words. Billing. That's it. That's the answer.
cut off in the middle of the explanation, before it got to the team
the answer stops mid sentence and the label never comes
I don't want reasons I want the label
More text than the customer wrote!
pls no explanations
someone told this thing to be friendly and it has taken that personally
It should say shipping. It says "what a lovely name for a dog".
can we have only the word? our script chokes on the rest
three sentences of thanks and then the maybe-team
I am at a till. I have two seconds. One word.
team field stays empty because the answer isn't one of the teams, it is a speech
useless for the router, it wants a bare label
Not a label.
it thanks people for complaining about double charges, that reads like mockery if it ever gets sent
why so chatty
stop explaining
the reasoning takes up the whole preview, I can't see the team without scrolling
Just the team!!
If I wanted an explanation I would ask for one. Only the team please
our volunteers are 70+, they need a word in the box and not a wall of text
half my shift goes into reading what a machine thinks about a ticket
label only please and thank you
Very warm. Very long. Not a team name.
it hedges between two teams for a paragraph, then the answer is cut off
same as yesterday: chatty, no label, sorted it myself
A story about how it came to think of shipping. The word shipping would have been fine.
Please make it answer with the label. The import fails on every one of these.
Dear machine, you are not the one who writes to the customer.
i need 1 word
"which of our wonderful teams" aaargh
talks too much
it's polite to the point of being no use
I've stopped reading them. I look for bold words and there aren't any.
too long again, ticket sat in the wrong queue for a day because nothing moved it
the rule "if answer equals technical" will never fire like this
Greeting, thanks, summary, reasoning, sign-off. The team was missing.
Would be perfect if it said just "account".
can't parse this
No. One word. Team.
why am i reading an apology to mrs henderson, i wanted to know where to put her ticket
explanation is fine for training new people but we have none. label only!
the answer is nice, and I mean that, but nobody asked for nice
it tells the customer what happens next. It doesn't know what happens next.
just answer with the team
I've pasted the team by hand 14 times this morning
blah blah blah shipping blah
Not usable for routing, the label has to stand alone.
My colleague printed one and hung it over the kettle. That's the use we have for it.
so wordy
team = ??? 
The mail rule reads the first word. The first word is "Hello" or "Thank", always.
we need the label alone so that the queue picks it up
It explains for so long that it runs out of room before the label
please drop the chit chat
When I press Route nothing happens because the output isn't a team but a text
the old keyword rules were dumb but they answered in one word
gosh it does go on
I'd take a wrong label over a right paragraph, the label at least moves the ticket
Answer first. Or answer only. No explaining.
Nothing wrong with the thinking. Everything wrong with telling me about it.
a friendly bot is lovely on the phone, here I need a tag
every reply begins with thanks, none with the team
not a single word answer in a week
can u make it shorter like 1 word shorter than 2 words
the text is for a customer who never sees it
one of four words. how hard is it
just the label please
only the team name
no label
Just the team, no explanation.
too chatty
one word please
just give the label
only the label pls
please just the team name
wants one word, gets a letter
no team name in there
Just the word.
too long, just the team please
doesn't give the team
only the team, nothing else, please
Can't route this. One word.
where is the label
just say which team
it didn't give the label, only talk
explains too much, only the label is needed
no need to explain
the router can't parse it, it needs just the label
`);

/** The team itself is wrong. */
export const wrongTeam = lines(`
wrong team, this is shipping
says technical, it's a refund question
Not account. They want their money back, so billing.
A missing pole is shipping, we've been through this
sent a login problem to technical again
it thinks everything with an app in it is technical
wrong
nope, that belongs to billing
The customer moved house. It chose account, should be shipping since the parcel is on the way.
Customs is shipping not billing
should have been account
Mixed up two teams
this is plainly about a card being charged
it guesses
Went to technical because of the word "reset". It was a password.
delete my data = account. not technical
confused by the word order
wrong one, third time this week with returns
the seeds are shipping's, not billing's
It put a dead battery under shipping. I laughed, then I moved it.
not billing, they ask what the thing can do
why would a broken screen go to account??
VAT invoice goes to billing, always has
incorrect
`);

/** It takes too long or fails. */
export const slow = lines(`
took ages
slow today, I'd sorted it before the answer came
spinner for ten seconds and then an error
timed out twice
Still loading. Still loading. Did it by hand.
so slow at lunchtime when we have all the messages
error again
could have boiled an egg
it hangs whenever the message is long
`);

/** No theme at all, as always. */
export const miscellaneous = lines(`
meh
hm
no
not sure what this is for
:(
doesn't help
I liked the old one
can it do Gaelic
who turned this on
why is there a button for this at all
not impressed so far
`);

export const praise = lines(`
right team
fine
works for me, and it's kind
spot on
good, though long
I like that it says why, I'm new here
correct
nice
helped, thanks
got it right even with all those typos
that was a hard one, well done
👍
yes, technical
ok
good for learning who does what
it noticed that it was two questions, impressive
the reasoning helped me this time, it was a tricky one
quick and right
lovely tone
my trainee likes these
`);
