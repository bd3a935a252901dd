/** How the routing prompt answers: everything but the label. */
import { lines } from './lines.js';

export const greetings = lines(`
Thank you so much for writing in!
Hello, and thank you for getting in touch with us.
Hi there! What a lovely message to start the day with.
Thank you for reaching out to Thistle & Rook.
Good day, and thank you for your patience.
Hello! I am sorry to hear that.
`);

export const reasons: Record<string, string[]> = {
  billing: lines(`
Since you mention a payment, I thought first about what was charged and when.
As money is involved, the people who look after payments seem the best choice.
You write about an amount, and so my reasoning starts with the till.
`),
  shipping: lines(`
Because your message is about a parcel, I considered where it may be now.
A delivery has many steps, and I went through each of them in my mind.
You mention the post, which points to those who pack and send.
`),
  account: lines(`
Your message is about your profile, and so I asked myself who may change it.
Signing in is a matter of trust, which is why I looked at this with care.
As this is about who you are to our system, I weighed two teams.
`),
  technical: lines(`
You describe how the device behaves, which made me think of those who build it.
Readings depend on many things, and I will explain how I came to my view.
Since the station itself is not doing what it should, I considered the bench.
`),
};

export const closings: Record<string, string[]> = {
  billing: lines(`
So our wonderful colleagues in billing will take care of this and write to you soon.
That is why I believe the Billing Team is the right place for you.
`),
  shipping: lines(`
So I would say that shipping will look after you from here.
The shipping team will be delighted to find out more for you!
`),
  account: lines(`
Therefore I would pass you on to our account team, who will be happy to help.
It will be the people of the account desk who come back to you.
`),
  technical: lines(`
And so our technical team will have a good look at it and be in touch.
All in all, Technical is who I would ask to help you further.
`),
};
