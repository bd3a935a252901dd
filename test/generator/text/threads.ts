/** Threads for `support/summarize`, with a note as the prompt writes it. */
export const threads: { thread: string; note: string }[] = [
  {
    thread:
      'Customer: The probe says 12 and then 80.\nDesk: Is the yellow ring in the soil?\nCustomer: No, it is on the bench.\nDesk: Then please put it in first.',
    note: 'The probe jumps between 12 and 80 because it was on the bench. The customer will put it in the soil.',
  },
  {
    thread: 'Customer: I paid twice for one Rook.\nDesk: We see it. £149 goes back today.\nCustomer: To the card?\nDesk: Yes.',
    note: 'A Rook was paid twice; £149 goes back to the card today.',
  },
  {
    thread: 'Customer: I can not get in.\nDesk: We have sent a link.\nCustomer: It is not there.\nDesk: We will ring you on Wednesday.',
    note: 'The customer cannot sign in and has no reset link. We ring on Wednesday.',
  },
  {
    thread: 'Customer: The box is at the neighbour who is in Spain.\nDesk: Until when?\nCustomer: March.\nDesk: We send another one.',
    note: 'The parcel is with a neighbour who is away until March. We send another.',
  },
  {
    thread:
      'Customer: Wind says 0 in a gale.\nDesk: Does the cup turn freely?\nCustomer: It is not there any more.\nDesk: A new cup leaves tomorrow.',
    note: 'The wind cup blew away. A new one leaves tomorrow.',
  },
  {
    thread:
      'Customer: Please delete my profile.\nDesk: Do you want the readings first?\nCustomer: Yes, as a spreadsheet.\nDesk: Under History, Export. Write when you have them.',
    note: 'Wants the profile deleted, but first the readings. We wait for word.',
  },
  {
    thread: 'Customer: Invoice without VAT please, we are in Jersey.\nDesk: It should have been. A new one comes by Friday.',
    note: 'Jersey order was invoiced with VAT; a new invoice comes by Friday.',
  },
  {
    thread:
      'Customer: It beeps at three.\nDesk: What is the frost alarm set to?\nCustomer: I do not know where that is.\nDesk: Settings, Alarms.',
    note: 'It beeps at night, likely the frost alarm. The customer looks at Settings, Alarms.',
  },
];
