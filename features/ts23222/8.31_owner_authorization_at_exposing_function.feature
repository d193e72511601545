# TS 23.222 clause 8.31.3: the exposing function under test holds to the authorization of the owner.
@sut:aef @cap:aef.methods.OAUTH @cap:aef.grants.client_credentials
Feature: The exposing function checks the authorization of the owner

  Background:
    Given the exposing function under test has published "quality" with PKI and OAUTH
    And the exposing function under test has published "location", needing the owner to agree, with OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the invoker has negotiated OAUTH with the exposing function
    And the resource owner function is there
    And the owner "alice" grants what is asked

  @req:23222-8.31.3-06 @negative
  Scenario Outline: Step 3: the result is given once the authorization was checked
    Given the invoker has a token for "location" authorized by the owner "alice"
    When the invoker invokes "location" of the owner "alice", but <deviation>
    Then the invocation is refused, because the authorization of the owner is checked

    Examples:
      | deviation                                       |
      | the token names no owner                        |
      | the token names the owner "msisdn-491500000000" |
      | the token names the owner with a character more |
      | the token names the owner with a character less |
      | the token is for the service API "quality" only |
      | the token has expired 600 seconds ago           |
      | the token has a flipped signature bit           |

  @req:23222-8.31.3-06 @negative
  Scenario: The grant of one owner is useless for the resource of another
    Given the owner "bob" grants what is asked
    And the invoker has a token for "location" authorized by the owner "bob"
    And the invoker has a token for "location" authorized by the owner "alice"
    When the invoker invokes "location" of the owner "alice" with its token of the owner "bob"
    Then the invocation is refused, because the authorization of the owner is checked

  @req:23222-8.31.3-07 @negative
  Scenario: Precondition 2: a token that is good but for the owner is not enough
    Given the invoker has a token for "quality"
    When the invoker invokes "quality"
    And the invoker gets a token for "location" authorized by the owner "alice"
    And the invoker invokes "location" of the owner "alice", but the token names no owner
    Then the invocation is refused, because the service API needs the authorization of the owner
